// SPDX-License-Identifier: MIT
#include <roam/record/write_batch.hpp>

#include <algorithm>

namespace roam {

std::vector<void*> write_batch::repeated() const {
    std::vector<void*> records;
    records.reserve(writes_.size());
    for (auto const& each : writes_)
        records.push_back(each.record);
    std::sort(records.begin(), records.end());
    std::vector<void*> twice;
    for (auto at = records.begin(); (at = std::adjacent_find(at, records.end())) != records.end();
         ++at) {
        if (twice.empty() || twice.back() != *at)
            twice.push_back(*at);
    }
    return twice;
}

void write_batch::commit(target on) {
    if (writes_.empty())
        return;
    std::size_t put = 0;
    auto const twice = repeated();
    try {
        detail::batch inside{on};
        {
            detail::pipeline line{inside};
            for (auto const& each : writes_) {
                // What its write before brings, a key perhaps, is part of this one.
                if (std::binary_search(twice.begin(), twice.end(), each.record))
                    line.flush();
                each.kind->put(line, each.record);
                ++put;
            }
            line.flush();
        }
        inside.commit();
    } catch (...) {
        while (put-- > 0) {
            if (auto const undo = writes_[put].kind->undo)
                undo(writes_[put].record);
        }
        throw;
    }
    writes_.clear();
}

}  // namespace roam
