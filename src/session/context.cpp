// SPDX-License-Identifier: MIT
#include <roam/session/context.hpp>

#include "session/scope_entry.hpp"

#include <atomic>

namespace roam {
namespace {

std::atomic<std::uint64_t> next_identity{1};
std::atomic<context_provider*> provider{nullptr};

}  // namespace

context::context() : identity_(next_identity.fetch_add(1, std::memory_order_relaxed)) {}

context::~context() {
    while (innermost_) detail::scope_entry::unlink(*this, innermost_);
}

// Not inline: a compiler may keep a thread-local's address across a suspension point, and every
// shared library would have its own (D6).
context& current_context() {
    if (context_provider* const p = provider.load(std::memory_order_acquire)) return p->current();
    thread_local context mine;
    return mine;
}

void set_context_provider(context_provider* p) noexcept {
    provider.store(p, std::memory_order_release);
}

}  // namespace roam
