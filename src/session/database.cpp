// SPDX-License-Identifier: MIT
#include "session/default_database.hpp"
#include "session/pool.hpp"
#include <roam/backend/backend.hpp>
#include <roam/session/database.hpp>

#include <mutex>

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

struct default_slot {
    std::mutex mutex;
    std::optional<database> db;
};
default_slot& the_default() {
    static auto* const slot = new default_slot;  // asked until the very end
    return *slot;
}

}  // namespace

void set_default_database(database const& db) {
    // Made after the first database, and so after the statics of its driver, which the end of the
    // database needs: at the end of the process it comes before theirs.
    static struct at_exit {
        ~at_exit() { clear_default_database(); }
    } const cleared;
    auto& d = the_default();
    std::optional<database> next{db};  // what it replaces is closed after the lock is gone
    std::lock_guard const lock{d.mutex};
    next.swap(d.db);
}

void clear_default_database() noexcept {
    auto& d = the_default();
    std::optional<database> last;  // closed after the lock is gone
    std::lock_guard const lock{d.mutex};
    last.swap(d.db);
}

std::optional<database> detail::default_database() {
    auto& d = the_default();
    std::lock_guard const lock{d.mutex};
    return d.db;
}

}  // namespace roam
