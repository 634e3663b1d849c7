// SPDX-License-Identifier: MIT
#include "backend/sqlite/writing_turn.hpp"

#include <algorithm>

namespace roam::sqlite::detail {

writing_turn::writing_turn(engine& of, std::shared_ptr<writer_line> line)
    : engine_(of),
      line_(std::move(line)) {
    engine_.line = line_.get();
}

// The connection has been closed, and whatever was open on it rolled back.
writing_turn::~writing_turn() {
    if (mine_ && !engine_.abandoned)
        line_->leave();
}

void writing_turn::before(prepared const& next) {
    constexpr auto refused = static_cast<std::uint8_t>(engine::failed | engine::read_only);
    if (mine_ || !next.writes() || (engine_.attention & refused) != 0 || engine_.is_foreign())
        return;
    mine_ = line_->try_enter();
    // A transaction that has read already would be refused after the wait (BUSY_SNAPSHOT): SQLite
    // says so at once.
    if (!mine_ && engine_.autocommit())
        wait(next);
}

void writing_turn::wait(prepared const& next) {
    engine_.cancelled.store(false, std::memory_order_relaxed);
    auto const since = clock::now();
    auto until = since + engine_.busy_timeout;
    bool const limited = engine_.limit.count() > 0 && engine_.limit < engine_.busy_timeout;
    if (limited)
        until = since + engine_.limit;
    auto const answer = line_->enter(engine_, until);
    mine_ = answer == writer_line::answer::granted;
    if (mine_) {
        engine_.waiting_since = since;
        return;
    }
    failure what;
    what.code = SQLITE_BUSY;
    what.message = "another session of this database is writing";
    what.statement = next.sql();
    what.cancelled = answer == writer_line::answer::unwanted;
    what.timed_out = limited;
    raise(what);
}

void writing_turn::after() noexcept {
    engine_.waiting_since = {};
    if (!mine_ || engine_.abandoned || engine_.is_foreign() || !engine_.autocommit())
        return;
    mine_ = false;
    line_->leave();
}

statement_in_turn::~statement_in_turn() {
    inner_.reset();
    turn_.after();
}

void statement_in_turn::start(std::span<mapping::cell const> parameters) {
    turn_.before(*inner_);
    try {
        inner_->start(parameters);
    } catch (...) {
        turn_.after();
        throw;
    }
    if (inner_->is_idle())
        turn_.after();
}

bool statement_in_turn::fetch(mapping::cell* row) {
    try {
        bool const found = inner_->fetch(row);
        if (!found)
            turn_.after();
        return found;
    } catch (...) {
        turn_.after();
        throw;
    }
}

void statement_in_turn::finish() noexcept {
    inner_->finish();
    turn_.after();
}

}  // namespace roam::sqlite::detail
