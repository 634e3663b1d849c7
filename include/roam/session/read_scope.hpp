// SPDX-License-Identifier: MIT
#pragma once

#include <roam/fwd.hpp>
#include <roam/mapping/detail/bound.hpp>
#include <roam/session/database.hpp>
#include <roam/session/session.hpp>
#include <roam/session/session_scope.hpp>
#include <roam/session/transaction.hpp>
#include <roam/source_location.hpp>

#include <chrono>
#include <cstdint>
#include <optional>

namespace roam {

/// What the first call does that finds a read scope too old.
enum class when_expired : std::uint8_t {
    fail,   ///< it and all further ones throw read_scope_expired_error; the snapshot is let go
    renew,  ///< it goes on with a new snapshot, once no transaction or stream is open inside
};

struct read_scope_options {
    /// The greatest age of a snapshot; more than zero. While one lives, SQLite cannot empty its
    /// WAL and PostgreSQL cannot remove old rows.
    std::chrono::milliseconds max_age{1000};

    when_expired then = when_expired::fail;
};

/// Reads that see one and the same state: a read-only transaction as the caller's current scope.
///
///     roam::read_scope here{library};
///     auto b = roam::get<book>(1);
///     auto a = roam::get<author>(b.author_id);  // as it was when the book was read
///
/// On SQLite it also spares each read the locks of the file. A write in it is a permission_error.
/// It begins when it is made and ends at the brace. An age is looked at by calls only: none that
/// runs is interrupted. Inside a transaction on the same database it is a read-only savepoint of
/// that one, inside another read scope nothing of its own; both have the outer one's isolation,
/// and no age.
/// Sends BEGIN DEFERRED on SQLite, BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY on PostgreSQL;
/// ROLLBACK at its end.
/// Thread safety: belongs to the context that made it, as its session does.
class read_scope {
public:
    /// On the caller's current session, or on the default database.
    explicit read_scope(read_scope_options options = {},
                        source_location where = source_location::current());
    explicit read_scope(database const& db, read_scope_options options = {},
                        source_location where = source_location::current());
    explicit read_scope(session& s, read_scope_options options = {},
                        source_location where = source_location::current());

    read_scope(read_scope const&) = delete;
    read_scope& operator=(read_scope const&) = delete;
    ~read_scope();

    operator session&();

private:
    enum class around : std::uint8_t { nothing, transaction, read_scope };
    static around look(session* held);
    template <class Begin>
    void begin(around outside, read_scope_options options, source_location where, Begin begin);

    std::optional<session_scope> joined_;  ///< where a read scope is open already
    std::optional<transaction> reads_;
    detail::slot* slot_ = nullptr;  ///< where this one has an age
    std::uint64_t generation_ = 0;
};

template <>
inline constexpr bool mapping::detail::is_bound_to_connection<read_scope> = true;

}  // namespace roam
