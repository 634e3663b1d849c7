// SPDX-License-Identifier: MIT
#include "backend/firebird/neighbours.hpp"

#include <condition_variable>
#include <map>
#include <utility>

namespace roam::firebird {
namespace {

struct register_of_connections {
    std::mutex mutex;
    std::set<idle_statements*> all;
    std::condition_variable turn_ended;
    std::map<std::string, idle_statements*> turns;  ///< by database
};

// Never destroyed: a static database may be closed after the static objects of this library (D18).
register_of_connections& connections() {
    static auto& all = *new register_of_connections;
    return all;
}

}  // namespace

idle_statements::idle_statements(std::string database) : database_(std::move(database)) {
    std::lock_guard const lock{connections().mutex};
    connections().all.insert(this);
}

idle_statements::~idle_statements() {
    end_schema_turn();
    std::lock_guard const lock{connections().mutex};
    connections().all.erase(this);
}

void idle_statements::add(prepared& one) {
    std::lock_guard const lock{mutex_};
    all_.insert(&one);
}

void idle_statements::remove(prepared& one) noexcept {
    std::lock_guard const lock{mutex_};
    all_.erase(&one);
}

void idle_statements::take(prepared& one) noexcept {
    std::lock_guard const lock{mutex_};
    one.running = true;
}

void idle_statements::give_back(prepared& one) noexcept {
    std::lock_guard const lock{mutex_};
    one.running = false;
}

bool idle_statements::take_schema_turn(std::chrono::seconds limit) {
    auto& known = connections();
    std::unique_lock lock{known.mutex};
    auto const is_free = [&] {
        auto const found = known.turns.find(database_);
        return found == known.turns.end() || found->second == this;
    };
    if (!known.turn_ended.wait_for(lock, limit, is_free))
        return false;
    known.turns[database_] = this;
    return true;
}

void idle_statements::end_schema_turn() noexcept {
    auto& known = connections();
    {
        std::lock_guard const lock{known.mutex};
        auto const found = known.turns.find(database_);
        if (found == known.turns.end() || found->second != this)
            return;
        known.turns.erase(found);
    }
    known.turn_ended.notify_all();
}

void idle_statements::drop_own() noexcept {
    std::lock_guard const lock{mutex_};
    for (auto* one : all_) {
        ISC_STATUS_ARRAY ignored;
        if (!one->running && one->handle != 0)
            isc_dsql_free_statement(ignored, &one->handle, DSQL_drop);
    }
}

void idle_statements::drop_all_around() noexcept {
    std::lock_guard const lock{connections().mutex};
    for (auto* each : connections().all) {
        if (each->database_ == database_)
            each->drop_own();
    }
}

}  // namespace roam::firebird
