// SPDX-License-Identifier: MIT
#pragma once

#include <roam/session/context.hpp>

namespace roam::test {

/// A context provider that a test steers: while a `becoming` lives on a thread, that thread runs in
/// the context it names, as a fiber would; otherwise each thread has its own. Installed while it
/// lives.
class switched_contexts : public context_provider {
public:
    switched_contexts() { set_context_provider(this); }
    ~switched_contexts() override { set_context_provider(nullptr); }
    switched_contexts(switched_contexts const&) = delete;
    switched_contexts& operator=(switched_contexts const&) = delete;

    context& current() override {
        thread_local context own;
        return chosen() ? *chosen() : own;
    }

    static context*& chosen() {
        thread_local context* one = nullptr;
        return one;
    }
};

class becoming {
public:
    explicit becoming(context& c) : before_(switched_contexts::chosen()) {
        switched_contexts::chosen() = &c;
    }
    ~becoming() { switched_contexts::chosen() = before_; }
    becoming(becoming const&) = delete;
    becoming& operator=(becoming const&) = delete;

private:
    context* before_;
};

}  // namespace roam::test
