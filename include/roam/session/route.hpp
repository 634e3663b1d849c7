// SPDX-License-Identifier: MIT
#pragma once

#include <roam/session/database.hpp>
#include <roam/session/route_request.hpp>

#include <functional>
#include <optional>
#include <string_view>
#include <utility>
#include <vector>

// Where the records of a type belong, when that is not whichever database is current:
//
//     ROAM_RECORD(entry, table("entries"), database("audit"))
//
//     roam::set_route("audit", audit);                        // once, when the program starts
//     roam::insert(entry{...});                               // into audit, wherever the caller is
//     roam::insert(entry{...}, library);                      // an explicit argument comes first
//
// An operation on such a type uses the caller's scope or transaction on that database, else a
// session for itself alone. It never runs on another database because a scope is open there.

namespace roam {

/// A database and copies of it that may only be read. A `database` alone converts to it.
///
/// Writes go to the primary; so do reads while the caller has a transaction open there (D12). Other
/// reads go to the replica that the caller has a scope on, else to each in turn, which threads
/// count for themselves; what they see is as old as the replica is.
struct cluster {
    cluster(database on, std::vector<database> copies = {})
        : primary(std::move(on)),
          replicas(std::move(copies)) {}
    database primary;
    std::vector<database> replicas;
};

struct route_options {
    /// A write goes through although the caller has a transaction open on another database and none
    /// on this one, and then does not depend on that transaction's end: for audit logs. Otherwise
    /// it is a cross_database_error.
    bool outside_transaction = false;
};

/// Says where the records of database(name) are. Replaces what was said before.
/// Thread safety: any thread, at any time; operations under way keep what they began with.
void set_route(std::string_view name, cluster where, route_options options = {});

/// The same by a function that is asked by each operation: a tenant, a shard. It may look at the
/// record or the key; what it throws, the operation throws. It is called in the caller's thread,
/// from many at once, and must do no operation itself.
void set_route(std::string_view name, std::function<cluster(route_request const&)> decide,
               route_options options = {});

/// Operations on its records throw no_session_error again.
void clear_route(std::string_view name) noexcept;

/// The program's own choice for operations that name no session, asked before routes and scopes.
class chooser {
public:
    virtual ~chooser() = default;

    /// The database that is meant, or none for the usual order. Its caller's scope is used if there
    /// is one. Called by each such operation, from many threads at once; must do none itself.
    virtual std::optional<database> choose(route_request const& what) = 0;
};

/// For the whole process; nullptr removes it. The chooser must outlive every use. To be called
/// before the first operation of the program.
void set_chooser(chooser* c) noexcept;

}  // namespace roam
