// SPDX-License-Identifier: MIT
#include "session/entered.hpp"
#include "session/place.hpp"
#include <roam/error.hpp>
#include <roam/session/hooks.hpp>

#include <utility>

namespace roam {
namespace {

using detail::entered;
using detail::hook_list;

[[noreturn]] void refuse_hook(char const* why, target const& on) {
    throw usage_error(why, {.location = on.where()});
}

void add_hook(hook_list::when w, std::function<void()> action, target const& on) {
    if (!action)
        refuse_hook("a hook of a transaction needs something to run", on);
    auto const here = on.find();
    if (!here.held)
        refuse_hook("no transaction is open here for which a hook could wait", on);
    entered const in{here.slot(), here.generation()};
    detail::slot& s = *here.slot();
    if (!is_in_transaction(s))
        refuse_hook("no transaction is open here for which a hook could wait", on);
    if (s.levels.empty() || s.levels.front().savepoint)
        refuse_hook("the transaction was begun by SQL, and Roam does not see how it ends", on);
    s.hooks.add(s.levels.size(), w, std::move(action));
}

}  // namespace

void after_commit(std::function<void()> action, target on) {
    add_hook(hook_list::when::committed, std::move(action), on);
}

void after_rollback(std::function<void()> action, target on) {
    add_hook(hook_list::when::undone, std::move(action), on);
}

}  // namespace roam
