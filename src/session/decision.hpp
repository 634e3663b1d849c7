// SPDX-License-Identifier: MIT
#pragma once

#include <roam/session/route.hpp>
#include <roam/source_location.hpp>

#include <memory>
#include <optional>

namespace roam::detail {

struct one_route;

/// What the program's chooser says; nothing without one.
std::optional<database> ask_chooser(route_request const& what);

/// Where an operation on records with a route goes, and what it refers to for that.
class decision {
public:
    /// Throws no_session_error when the program said nothing of the route, cross_database_error
    /// when it would write beside an open transaction.
    decision(route_request const& what, source_location where);
    decision(decision const&) = delete;
    decision& operator=(decision const&) = delete;

    database const& on() const noexcept { return *on_; }

private:
    std::optional<database> chosen_;
    std::shared_ptr<one_route> route_;
    std::optional<cluster> answer_;  ///< of the program's function
    database const* on_ = nullptr;
};

}  // namespace roam::detail
