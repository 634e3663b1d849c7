// SPDX-License-Identifier: MIT
#include "session/default_database.hpp"
#include "session/pool.hpp"
#include "session/sharded.hpp"
#include <roam/backend/backend.hpp>
#include <roam/session/context.hpp>
#include <roam/session/database.hpp>

#include <array>
#include <memory>
#include <utility>

namespace roam {

database::database(std::string_view url, database_options options) {
    auto const where = backend::url::parse(url);
    auto const core = std::make_shared<detail::pool>(
        backend::driver_for(where.scheme).configure(where), std::move(options));
    // Handles share this pointer: when the last is gone the pool closes, though leases that are
    // still out keep it in memory.
    pool_ = {core.get(), [core](detail::pool* p) { p->close(std::chrono::milliseconds{0}); }};
    core->start();
}

session database::lease(source_location where) const {
    detail::slot* const s = pool_->lease(where);
    return session{s, s->generation.load(std::memory_order_relaxed)};
}

bool database::close(std::chrono::milliseconds patience) const { return pool_->close(patience); }
void database::tend() const { pool_->tend(); }
std::size_t database::max_sessions() const noexcept { return pool_->max_sessions(); }

pool_counts database::counts() const { return pool_->counts(); }
std::string const& database::name() const { return pool_->name(); }
sql::dialect const& database::dialect() const { return pool_->dialect(); }

namespace {

struct alignas(detail::cache_line) default_of_some {
    database db;
};
using default_databases = detail::sharded<std::shared_ptr<default_of_some const>>;

default_databases& the_defaults() {
    static auto* const all = new default_databases;  // asked until the very end
    return *all;
}

// What is replaced is closed after the locks are gone.
using several = std::array<std::shared_ptr<default_of_some const>, default_databases::size>;
void exchange(several& next) noexcept {
    the_defaults().change([&](auto& value, std::size_t i) { value.swap(next[i]); });
}

}  // namespace

void set_default_database(database const& db) {
    // Made after the first database, and so after the statics of its driver, which the end of the
    // database needs: at the end of the process it comes before theirs.
    static struct at_exit {
        ~at_exit() { clear_default_database(); }
    } const cleared;
    several next;
    for (auto& each : next)
        each = std::make_shared<default_of_some const>(db);
    exchange(next);
}

void clear_default_database() noexcept {
    several none;
    exchange(none);
}

std::shared_ptr<database const> detail::default_database() {
    auto held =
        the_defaults().read(current_context().identity(), [](auto const& value) { return value; });
    database const* const db = held ? &held->db : nullptr;
    return {std::move(held), db};
}

}  // namespace roam
