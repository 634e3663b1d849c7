// SPDX-License-Identifier: MIT
#include "session/decision.hpp"
#include "session/pool.hpp"
#include "session/scope_entry.hpp"
#include "session/this_thread.hpp"
#include <roam/session/context.hpp>
#include <roam/session/route.hpp>

#include <atomic>

namespace roam {
namespace {

std::atomic<std::uint64_t> next_identity{1};
std::atomic<context_provider*> provider{nullptr};
std::atomic<chooser*> the_chooser{nullptr};

// Out of line, so that the usual case needs no stack frame.
[[gnu::noinline, gnu::cold]] context& make_context() {
    struct owner {
        context mine;
        ~owner() { detail::context_of_this_thread = nullptr; }
    };
    thread_local owner here;
    detail::context_of_this_thread = &here.mine;
    return here.mine;
}

void note_who_decides() noexcept {
    detail::program_decides.store(provider.load() != nullptr || the_chooser.load() != nullptr);
}

}  // namespace

constinit thread_local context* detail::context_of_this_thread = nullptr;
constinit std::atomic<bool> detail::program_decides{false};

context::context() : identity_(next_identity.fetch_add(1, std::memory_order_relaxed)) {}

context::~context() {
    while (innermost_)
        detail::scope_entry::unlink(*this, innermost_);
    for (auto const& each : pools_) {
        if (auto const p = each.lock())
            p->end_member(identity_);
    }
}

// Not inline: a compiler may keep a thread-local's address across a suspension point, and every
// shared library would have its own (D6).
context& current_context() {
    if (context_provider* const p = provider.load(std::memory_order_acquire))
        return p->current();
    if (context* const c = detail::context_of_this_thread) [[likely]]
        return *c;
    return make_context();
}

void set_context_provider(context_provider* p) noexcept {
    provider.store(p, std::memory_order_release);
    note_who_decides();
}

void set_chooser(chooser* c) noexcept {
    the_chooser.store(c, std::memory_order_release);
    note_who_decides();
}

std::optional<database> detail::ask_chooser(route_request const& what) {
    chooser* const c = the_chooser.load(std::memory_order_acquire);
    return c ? c->choose(what) : std::nullopt;
}

}  // namespace roam
