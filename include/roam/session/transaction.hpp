// SPDX-License-Identifier: MIT
#pragma once

#include <roam/backend/transaction_options.hpp>
#include <roam/mapping/detail/bound.hpp>
#include <roam/session/database.hpp>
#include <roam/session/session.hpp>
#include <roam/session/session_scope.hpp>
#include <roam/source_location.hpp>

#include <cstdint>
#include <optional>

namespace roam {

namespace detail {
class attempt;
struct hand_over;
}  // namespace detail

/// All or nothing: rolls back when it is destroyed, unless commit() was called.
///
/// Opened on a database, a session, or where the caller is; its session is the caller's current
/// one until it ends. Inside another transaction on the same session it is a savepoint, always,
/// also where the program began that one by SQL or through SOCI. Destroyed while a stream is open
/// on its session, it rolls back when the stream ends. After an error with transaction_usable() ==
/// false every call fails until the rollback. Thread safety: belongs to the context that made it,
/// as its session does.
class transaction {
public:
    /// On the caller's current session, or on the default database.
    explicit transaction(transaction_options options = {},
                         source_location where = source_location::current());
    explicit transaction(database const& db, transaction_options options = {},
                         source_location where = source_location::current());
    explicit transaction(session& s, transaction_options options = {},
                         source_location where = source_location::current());

    transaction(transaction const&) = delete;
    transaction& operator=(transaction const&) = delete;
    ~transaction();

    /// Makes it last. Throws transaction_failed_error when the database rolled back instead,
    /// commit_in_doubt_error when the link broke and nobody can say. The transaction is over
    /// either way; what is left is rolled back.
    void commit();

    /// Undoes it now. Records keep what they hold; a key made inside is never sent again (D3).
    void rollback();

    /// False once it was committed or rolled back, by itself or with the one around it.
    bool is_open() const noexcept;
    operator session&() { return scope_; }

private:
    friend class target;
    friend class detail::attempt;
    friend struct detail::hand_over;
    void begin(transaction_options options);
    void commit_without_hooks();
    void end() noexcept;

    session_scope scope_;
    detail::slot* slot_ = nullptr;
    std::uint64_t generation_ = 0;
    std::uint32_t level_ = 0;  ///< 1: the transaction itself, more: savepoints; 0: over
    std::uint64_t serial_ = 0;
};

template <>
inline constexpr bool mapping::detail::is_bound_to_connection<transaction> = true;

}  // namespace roam
