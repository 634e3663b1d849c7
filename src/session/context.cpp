// SPDX-License-Identifier: MIT
#include "session/scope_entry.hpp"
#include <roam/session/context.hpp>

#include <atomic>

namespace roam {
namespace {

std::atomic<std::uint64_t> next_identity{1};
std::atomic<context_provider*> provider{nullptr};

// A bare pointer beside the object: every operation asks, and a thread-local with a constructor
// would be asked whether it has run. Initial-exec makes the access one instruction; the eight bytes
// fit into what the loader keeps free for libraries that are loaded late.
[[gnu::tls_model("initial-exec")]] constinit thread_local context* of_this_thread = nullptr;

context& make_context() {
    struct owner {
        context mine;
        ~owner() { of_this_thread = nullptr; }
    };
    thread_local owner here;
    of_this_thread = &here.mine;
    return here.mine;
}

}  // namespace

context::context() : identity_(next_identity.fetch_add(1, std::memory_order_relaxed)) {}

context::~context() {
    while (innermost_)
        detail::scope_entry::unlink(*this, innermost_);
}

// Not inline: a compiler may keep a thread-local's address across a suspension point, and every
// shared library would have its own (D6).
context& current_context() {
    if (context_provider* const p = provider.load(std::memory_order_acquire))
        return p->current();
    if (context* const c = of_this_thread) [[likely]]
        return *c;
    return make_context();
}

void set_context_provider(context_provider* p) noexcept {
    provider.store(p, std::memory_order_release);
}

}  // namespace roam
