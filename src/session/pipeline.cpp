// SPDX-License-Identifier: MIT
#include "session/entered.hpp"
#include "session/slot.hpp"
#include <roam/session/pipeline.hpp>

#include <utility>

namespace roam::detail {

pipeline::pipeline(batch& inside) : inside_(inside) {}

pipeline::~pipeline() = default;

void pipeline::put(statement_source const& source, std::span<mapping::cell const> parameters,
                   receiver take, void* record) {
    if (has_queue_) {
        if (queue(source, parameters, take, record))
            return;
        flush();
    }
    execution run{inside_, source, parameters};
    take(run, inside_, record);
}

bool pipeline::queue(statement_source const& source, std::span<mapping::cell const> parameters,
                     receiver take, void* record) {
    constexpr std::size_t most = 1000;
    slot& s = *inside_.choice_.slot;
    auto* const found = s.statements->find(source.slot->identity());
    if (!found)
        return false;
    try {
        if (s.transaction_invalid || s.aged) [[unlikely]]
            check_allowed(s, inside_.where_);
        if (!queue_)
            queue_ = s.connection->begin_queue();
        has_queue_ = queue_ != nullptr;
        if (!has_queue_ || !queue_->send(*found->statement, parameters))
            return false;
    } catch (...) {
        queue_.reset();  // what becomes of the transaction is not known before
        rethrow_noting(s, found->sql, inside_.where_);
    }
    sent_.push_back({found, take, record, parameters.size()});
    if (sent_.size() == most)
        flush();
    return true;
}

void pipeline::flush() {
    auto const sent = std::exchange(sent_, {});
    auto const queue = std::exchange(queue_, nullptr);
    if (sent.empty())
        return;
    try {
        queue->flush();
    } catch (...) {
        rethrow_noting(*inside_.choice_.slot, {}, inside_.where_);
    }
    for (auto const& each : sent) {
        execution run{inside_, *queue, *each.statement, each.parameters};
        each.take(run, inside_, each.record);
    }
}

}  // namespace roam::detail
