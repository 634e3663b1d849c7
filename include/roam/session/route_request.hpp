// SPDX-License-Identifier: MIT
#pragma once

#include <roam/mapping/table.hpp>
#include <roam/session/target.hpp>

#include <string_view>
#include <typeinfo>

namespace roam {

namespace detail {
class routing;
}

/// What an operation that names no session is about, for whoever decides where it goes.
/// Refers to the operation's arguments: good only during the call it is given to.
class route_request {
public:
    /// The name in the record's database("..."). Empty: of no record type, or of one without a
    /// route; only a chooser is asked then.
    std::string_view route() const noexcept { return table_ ? table_->database : ""; }

    /// Null where route() is empty.
    mapping::table const* table() const noexcept { return table_; }

    /// False: it only reads.
    bool writes() const noexcept { return writes_; }

    /// The record that insert, update, upsert, remove and refresh were given, if it is a T; else
    /// null: a query, a range of records and a look-up by key are about none.
    template <class T>
    T const* record() const noexcept {
        return as<T>();
    }

    /// The key that find, get and exists were given, if it is of this type: key<std::int64_t>(),
    /// or a std::tuple for a composite key.
    template <class Key>
    Key const* key() const noexcept {
        return as<Key>();
    }

private:
    friend class detail::routing;
    friend class target;
    template <class T>
    T const* as() const noexcept {
        return type_ && *type_ == typeid(T) ? static_cast<T const*>(subject_) : nullptr;
    }
    mapping::table const* table_ = nullptr;
    void const* subject_ = nullptr;
    std::type_info const* type_ = nullptr;
    bool writes_ = true;
};

namespace detail {

/// The argument of an operation on records that have a route, and what the operation is about.
/// Converts to a target that lives no longer than this.
class routing {
public:
    routing(target const& on, mapping::table const& table, bool writes) : on_(on) {
        what_.table_ = &table;
        what_.writes_ = writes;
    }
    template <class Subject>
    routing(target const& on, mapping::table const& table, bool writes, Subject const& subject)
        : routing(on, table, writes) {
        what_.subject_ = &subject;
        what_.type_ = &typeid(Subject);
    }
    operator target() const noexcept { return target{*this}; }

private:
    friend class roam::target;
    target const& on_;
    route_request what_;
};

}  // namespace detail
}  // namespace roam
