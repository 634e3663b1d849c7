// SPDX-License-Identifier: MIT
#pragma once

#include <roam/fwd.hpp>
#include <roam/source_location.hpp>

#include <concepts>
#include <cstdint>
#include <memory>
#include <type_traits>

namespace roam {

namespace detail {
struct slot;
class pool;
class routing;
}  // namespace detail

/// Where an operation runs: the optional last argument of every verb, which nobody writes by name.
///
///     roam::update(b);            // the caller's innermost scope or transaction, else the default
///     roam::update(b, session);   // this session; a transaction or scope converts as well
///     roam::update(b, library);   // this database: the caller's scope on it if there is one,
///                                 // else one lease for this one operation
///     roam::update(b, roam::limit(library, 100ms));  // the same within a limit
///
/// An explicit argument is never overridden. Holds a reference; use it only as an argument.
class target {
public:
    target(source_location where = source_location::current()) noexcept : where_(where) {}
    target(session& s, source_location where = source_location::current()) noexcept
        : kind_(kind::session),
          what_(&s),
          where_(where) {}
    target(session_scope& s, source_location where = source_location::current()) noexcept
        : kind_(kind::scope),
          what_(&s),
          where_(where) {}
    target(transaction& t, source_location where = source_location::current()) noexcept
        : kind_(kind::transaction),
          what_(&t),
          where_(where) {}
    target(database const& db, source_location where = source_location::current()) noexcept
        : kind_(kind::database),
          what_(const_cast<database*>(&db)),
          where_(where) {}
    target(limit const& l, source_location where = source_location::current()) noexcept
        : kind_(kind::limited),
          what_(const_cast<limit*>(&l)),
          where_(where) {}

    /// Of an operation on records that have a route.
    explicit target(detail::routing const& r) noexcept;

    /// Whatever else stands for a session: the guard of a locked_session.
    template <class Holder>
        requires(!std::same_as<std::remove_const_t<Holder>, session> &&
                 !std::derived_from<Holder, session_scope> &&
                 !std::derived_from<Holder, transaction> && std::convertible_to<Holder&, session&>)
    target(Holder& holder, source_location where = source_location::current())
        : target(static_cast<session&>(holder), where) {}

    source_location const& where() const noexcept { return where_; }

    /// A session chosen for one operation, entered: no other call can use it until leave().
    struct choice {
        detail::slot* slot = nullptr;
        bool leased = false;      ///< for this operation only
        std::uint32_t limit = 0;  ///< the place of its limit among the slot's; 0: none
    };
    choice enter() const;
    inline choice enter_here() const;  ///< the same, inline in the library
    static void leave(choice c) noexcept;

    bool is_limited() const noexcept { return kind_ == kind::limited; }

    /// Whether it names a session or a database, so that nothing else decides.
    bool is_explicit() const noexcept;

    /// Where that is, entering nothing. Throws no_session_error when nothing names a database.
    struct place;
    place find() const;

private:
    choice choose(limit const* within, detail::routing const* about) const;
    choice enter_limited(detail::routing const* about) const;
    choice lease(database const& from, limit const* within) const;
    session* held() const;

    enum class kind : std::uint8_t {
        current,
        session,
        scope,
        transaction,
        database,
        limited,
        routed,
    };
    kind kind_ = kind::current;
    void* what_ = nullptr;
    source_location where_;
};

}  // namespace roam
