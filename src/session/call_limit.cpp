// SPDX-License-Identifier: MIT
#include "session/call_limit.hpp"
#include <roam/error.hpp>

#include <utility>

namespace roam::detail {
namespace {

bool is_stopped(void const* token) {
    return static_cast<std::stop_token const*>(token)->stop_requested();
}

}  // namespace

void call_limit::check(std::chrono::milliseconds time, std::stop_token const& stop) {
    if (time.count() < 0)
        throw usage_error("the time of a roam::limit is negative");
    if (stop.stop_requested())
        throw cancelled_error("a stop was requested before the operation began");
}

call_limit::call_limit(backend::connection& on, std::chrono::milliseconds time,
                       std::stop_token stop)
    : on_(on),
      stop_(std::move(stop)),
      outer_time_(on.statement_timeout()),
      outer_stop_(on.stop()) {
    if (time.count() > 0)
        on_.set_statement_timeout(time);
    if (stop_.stop_possible())
        on_.set_stop({is_stopped, &stop_});
}

call_limit::~call_limit() {
    on_.set_statement_timeout(outer_time_);
    on_.set_stop(outer_stop_);
}

}  // namespace roam::detail
