// SPDX-License-Identifier: MIT
#include "backend/firebird/neighbours.hpp"

#include <utility>

namespace roam::firebird {
namespace {

struct register_of_connections {
    std::mutex mutex;
    std::set<idle_statements*> all;
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
