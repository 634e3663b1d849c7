// SPDX-License-Identifier: MIT
#include "session/entered.hpp"
#include "session/place.hpp"
#include "session/slot.hpp"
#include <roam/error.hpp>
#include <roam/session/context.hpp>
#include <roam/session/read_scope.hpp>
#include <roam/session/target.hpp>

#include <string>
#include <utility>

namespace roam {
namespace detail {
namespace {

// One state for all reads of it; on SQLite each transaction has that anyway.
constexpr transaction_options one_state{.read_only = true,
                                        .isolation = isolation_level::repeatable_read};

[[noreturn]] void throw_expired(snapshot const& of, source_location where) {
    throw read_scope_expired_error(
        "the read scope opened at " + std::string{of.where.file_name()} + ":" +
            std::to_string(of.where.line()) + " is older than " +
            std::to_string(of.options.max_age.count()) +
            " ms, and its snapshot was let go: read again in a new one, or give it a greater "
            "max_age, or when_expired::renew",
        {.location = where, .transaction_usable = false});
}

/// The transaction keeps its place: for its owner it is the same one.
void renew(slot& s, snapshot& of, source_location where) {
    of.over = true;  // unless all goes well
    rollback_level(s, of.mark, where);
    s.aged = false;
    try {
        begin_level(s, one_state, where);
    } catch (...) {
        s.aged = true;
        throw;
    }
    s.aged = true;
    s.levels.back().serial = of.mark.serial;
    of.over = false;
    of.until = std::chrono::steady_clock::now() + of.options.max_age;
}

}  // namespace

void begin_age(slot& s, snapshot of) {
    of.until = std::chrono::steady_clock::now() + of.options.max_age;
    s.reading = std::move(of);
    s.aged = true;
}

void end_age(slot& s) noexcept {
    s.aged = false;
    s.reading.reset();
}

void check_age(slot& s, source_location where) {
    snapshot& of = *s.reading;
    if (!of.over) {
        if (std::chrono::steady_clock::now() < of.until)
            return;
        if (of.options.then == when_expired::renew) {
            // What is open inside would end with the old snapshot.
            if (s.levels.size() > 1 || !s.reads.empty())
                return;
            return renew(s, of, where);
        }
        of.over = true;
        abandon_level(s, of.mark, where);
    }
    throw_expired(of, where);
}

}  // namespace detail

read_scope::around read_scope::look(session* held) {
    if (held == nullptr)
        return around::nothing;
    detail::entered const in{held->slot_, held->generation_};
    if (held->slot_->aged)
        return around::read_scope;
    return detail::is_in_transaction(*held->slot_) ? around::transaction : around::nothing;
}

template <class Begin>
void read_scope::begin(around outside, read_scope_options options, source_location where,
                       Begin begin) {
    if (options.max_age.count() <= 0)
        throw usage_error("the max_age of a read_scope must be more than zero");
    if (outside == around::transaction)
        return begin(transaction_options{.read_only = true});
    begin(detail::one_state);
    session& s = *reads_;
    detail::entered const in{s.slot_, s.generation_};
    detail::begin_age(*s.slot_, {{1, s.slot_->levels.front().serial}, options, where, {}, false});
    slot_ = s.slot_;
    generation_ = s.generation_;
}

read_scope::read_scope(read_scope_options options, source_location where) {
    session* const held = target{where}.find().held;
    auto const outside = look(held);
    if (outside == around::read_scope) {
        joined_.emplace(*held, where);
        return;
    }
    begin(outside, options, where, [&](transaction_options how) { reads_.emplace(how, where); });
}

read_scope::read_scope(database const& db, read_scope_options options, source_location where) {
    auto const outside = look(target{db, where}.find().held);
    if (outside == around::read_scope) {
        joined_.emplace(db, where);
        return;
    }
    begin(outside, options, where,
          [&](transaction_options how) { reads_.emplace(db, how, where); });
}

read_scope::read_scope(session& s, read_scope_options options, source_location where) {
    auto const outside = look(&s);
    if (outside == around::read_scope) {
        joined_.emplace(s, where);
        return;
    }
    begin(outside, options, where, [&](transaction_options how) { reads_.emplace(s, how, where); });
}

// In another context, or after the lease, nothing here is ours any more; the transaction's own end
// tells those cases.
read_scope::~read_scope() {
    if (slot_ != nullptr && slot_->generation.load() == generation_ &&
        slot_->owner.load(std::memory_order_relaxed) == current_context().identity()) {
        detail::end_age(*slot_);
    }
}

read_scope::operator session&() {
    if (joined_)
        return *joined_;
    return *reads_;
}

}  // namespace roam
