// SPDX-License-Identifier: MIT
#include "session/hook_list.hpp"

#include <algorithm>
#include <exception>
#include <utility>

namespace roam::detail {

void hook_list::committed(std::size_t level) {
    if (level == 1)
        return end(1, when::committed);
    for (hook& h : waiting_)
        h.level = std::min(h.level, level - 1);
}

void hook_list::undone(std::size_t level) { end(level, when::undone); }

void hook_list::end(std::size_t level, when w) {
    auto const first = std::find_if(waiting_.begin(), waiting_.end(),
                                    [&](hook const& h) { return h.level >= level; });
    for (auto h = first; h != waiting_.end(); ++h) {
        if (h->after == w)
            due_.push_back(std::move(h->action));
    }
    waiting_.erase(first, waiting_.end());  // they were added level by level
}

std::string hook_list::run(std::vector<std::function<void()>> due) {
    std::string said;
    auto const note = [&](char const* what) { said.append(said.empty() ? "" : "; ").append(what); };
    for (auto const& action : due) {
        try {
            action();
        } catch (std::exception const& e) {
            note(e.what());
        } catch (...) {
            note("something that is no std::exception");
        }
    }
    return said;
}

}  // namespace roam::detail
