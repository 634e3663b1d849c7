// SPDX-License-Identifier: MIT
#include "session/decision.hpp"
#include "session/scope_entry.hpp"
#include "session/sharded.hpp"
#include <roam/error.hpp>
#include <roam/session/route.hpp>

#include <array>
#include <atomic>
#include <map>
#include <memory>
#include <string>
#include <utility>

namespace roam {

using detail::one_route;
using detail::scope_entry;

/// As some of the callers see it; they alone count in it.
struct alignas(detail::cache_line) detail::one_route {
    std::optional<cluster> fixed;  ///< else `decide` says
    std::shared_ptr<std::function<cluster(route_request const&)> const> decide;
    route_options options;
    std::atomic<std::size_t> turn{0};  ///< of the replicas
};

namespace {

using routes = std::map<std::string, std::shared_ptr<one_route>, std::less<>>;
using all_routes = detail::sharded<routes>;

// Never destroyed: an operation of a static object may come late. Its routes are cleared at the end
// of the program, as long as the drivers are there.
all_routes& the_routes() {
    static auto& all = *new all_routes;
    return all;
}

// What the locks keep is swapped into these, and closed after the locks are gone.
void clear_all() noexcept {
    std::array<routes, all_routes::size> gone;
    the_routes().change([&](routes& here, std::size_t i) { here.swap(gone[i]); });
}

std::shared_ptr<one_route> find(std::string_view name) {
    return the_routes().read(current_context().identity(), [&](routes const& here) {
        auto const at = here.find(name);
        return at == here.end() ? nullptr : at->second;
    });
}

std::string about(route_request const& what) {
    return std::string{what.table()->type} + " belongs to database(\"" + std::string{what.route()} +
           "\")";
}

}  // namespace

namespace {

template <class Make>
void set(std::string_view name, Make make) {
    static struct at_exit {
        ~at_exit() { clear_all(); }
    } const cleared;
    if (name.empty())
        throw usage_error("a route needs a name");
    std::array<routes::node_type, all_routes::size> next;  // nothing can fail half way
    for (std::size_t i = 0; i != next.size(); ++i) {
        auto each = std::make_shared<one_route>();
        make(*each);
        each->turn = i;
        routes one;
        one.emplace(name, std::move(each));
        next[i] = one.extract(one.begin());
    }
    the_routes().change([&](routes& here, std::size_t i) {
        auto added = here.insert(std::move(next[i]));
        if (!added.inserted) {
            std::swap(added.position->second, added.node.mapped());
            next[i] = std::move(added.node);
        }
    });
}

}  // namespace

void set_route(std::string_view name, std::function<cluster(route_request const&)> decide,
               route_options options) {
    if (!decide)
        throw usage_error("a route says where");
    auto const shared =
        std::make_shared<std::function<cluster(route_request const&)> const>(std::move(decide));
    set(name, [&](one_route& r) {
        r.decide = shared;
        r.options = options;
    });
}

void set_route(std::string_view name, cluster where, route_options options) {
    set(name, [&](one_route& r) {
        r.fixed = where;
        r.options = options;
    });
}

void clear_route(std::string_view name) noexcept {
    std::array<routes::node_type, all_routes::size> gone;
    the_routes().change([&](routes& here, std::size_t i) {
        if (auto const at = here.find(name); at != here.end())
            gone[i] = here.extract(at);
    });
}

namespace {

database const& for_writing(cluster const& where, one_route const& route, route_request const& what,
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

database const& for_reading(cluster const& where, one_route& route) {
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

detail::decision::decision(route_request const& what, source_location where)
    : chosen_(ask_chooser(what)) {
    if (chosen_) {
        on_ = &*chosen_;
        return;
    }
    route_ = find(what.route());
    if (!route_) {
        throw no_session_error(about(what) + ", which nobody named: call set_route() first, or " +
                                   "pass a session or a database as the last argument",
                               {.location = where});
    }
    cluster const& all = route_->fixed ? *route_->fixed : answer_.emplace((*route_->decide)(what));
    on_ = what.writes() ? &for_writing(all, *route_, what, where) : &for_reading(all, *route_);
}

}  // namespace roam
