// SPDX-License-Identifier: MIT
#include "session/scope_entry.hpp"
#include <roam/error.hpp>
#include <roam/session/route.hpp>

#include <atomic>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <utility>

namespace roam {
namespace {

using detail::scope_entry;

struct one_route {
    std::function<cluster(route_request const&)> decide;
    route_options options;
    std::atomic<std::size_t> turn{0};  ///< of the replicas
};

struct all_routes {
    std::mutex mutex;
    std::map<std::string, std::shared_ptr<one_route>, std::less<>> by_name;
};

// Never destroyed: an operation of a static object may come late. Its routes are cleared at the end
// of the program, as long as the drivers are there.
all_routes& the_routes() {
    static auto& all = *new all_routes;
    return all;
}

void clear_all() noexcept {
    auto& all = the_routes();
    decltype(all.by_name) gone;  // closed after the lock is gone
    std::lock_guard const lock{all.mutex};
    gone.swap(all.by_name);
}

std::shared_ptr<one_route> find(std::string_view name) {
    auto& all = the_routes();
    std::lock_guard const lock{all.mutex};
    auto const at = all.by_name.find(name);
    return at == all.by_name.end() ? nullptr : at->second;
}

std::string about(route_request const& what) {
    return std::string{what.table()->type} + " belongs to database(\"" + std::string{what.route()} +
           "\")";
}

}  // namespace

void set_route(std::string_view name, std::function<cluster(route_request const&)> decide,
               route_options options) {
    if (name.empty() || !decide)
        throw usage_error("a route needs a name and says where");
    static struct at_exit {
        ~at_exit() { clear_all(); }
    } const cleared;
    auto added = std::make_shared<one_route>();
    added->decide = std::move(decide);
    added->options = options;
    auto& all = the_routes();
    std::lock_guard const lock{all.mutex};
    std::swap(all.by_name[std::string{name}], added);  // the old one ends after the lock
}

void set_route(std::string_view name, cluster where, route_options options) {
    set_route(name, [where = std::move(where)](route_request const&) { return where; }, options);
}

void clear_route(std::string_view name) noexcept {
    auto& all = the_routes();
    std::shared_ptr<one_route> gone;
    std::lock_guard const lock{all.mutex};
    if (auto const at = all.by_name.find(name); at != all.by_name.end()) {
        gone = std::move(at->second);
        all.by_name.erase(at);
    }
}

namespace {

database for_writing(cluster const& where, one_route const& route, route_request const& what,
                     source_location line) {
    auto const open = scope_entry::transactions(current_context(), where.primary);
    if (open.elsewhere && !open.there && !route.options.outside_transaction) {
        throw cross_database_error(
            about(what) +
                ", where no transaction is open, but one is on another database and "
                "would not undo this; open one there too, or set the route with "
                "outside_transaction",
            {.location = line});
    }
    return where.primary;
}

database for_reading(cluster const& where, one_route& route) {
    auto& here = current_context();
    if (where.replicas.empty() || scope_entry::transactions(here, where.primary).there)
        return where.primary;
    for (auto const& replica : where.replicas) {
        if (scope_entry::find(here, &replica))
            return replica;
    }
    return where
        .replicas[route.turn.fetch_add(1, std::memory_order_relaxed) % where.replicas.size()];
}

}  // namespace

database detail::decide(route_request const& what, source_location where) {
    if (auto chosen = ask_chooser(what))
        return *std::move(chosen);
    auto const route = find(what.route());
    if (!route) {
        throw no_session_error(about(what) + ", which nobody named: call set_route() first, or " +
                                   "pass a session or a database as the last argument",
                               {.location = where});
    }
    cluster const on = route->decide(what);
    return what.writes() ? for_writing(on, *route, what, where) : for_reading(on, *route);
}

}  // namespace roam
