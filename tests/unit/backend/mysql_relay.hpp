// SPDX-License-Identifier: MIT
#pragma once

#include "mysql_server.hpp"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <atomic>
#include <string>
#include <thread>
#include <vector>

namespace roam::test::mysql {

/// A stretch of network in front of the tests' server, which can go dead: connections stay open and
/// new ones are taken, but nothing comes through any more.
class relay {
public:
    relay() : listener_(::socket(AF_INET, SOCK_STREAM, 0)) {
        sockaddr_in here = loopback(0);
        REQUIRE(::bind(listener_, reinterpret_cast<sockaddr*>(&here), sizeof here) == 0);
        REQUIRE(::listen(listener_, 8) == 0);
        socklen_t size = sizeof here;
        REQUIRE(::getsockname(listener_, reinterpret_cast<sockaddr*>(&here), &size) == 0);
        port_ = ntohs(here.sin_port);
        thread_ = std::thread{[this] { run(); }};
    }
    relay(relay const&) = delete;
    relay& operator=(relay const&) = delete;
    ~relay() {
        over_ = true;
        thread_.join();
        for (int const socket : sockets_)
            ::close(socket);
        ::close(listener_);
    }

    void go_dead() { dead_ = true; }

    /// The tests' URL, through here.
    std::string url(std::string const& more = {}) const {
        auto where = backend::url::parse(server_url());
        return "mysql://" + where.user + "@127.0.0.1:" + std::to_string(port_) + "/" + where.path +
               more;
    }

private:
    static sockaddr_in loopback(std::uint16_t port) {
        sockaddr_in address{};
        address.sin_family = AF_INET;
        address.sin_port = htons(port);
        address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
        return address;
    }

    // Sockets stand in pairs: even from the client, odd to the server.
    void run() {
        while (!over_) {
            std::vector<pollfd> all{{listener_, POLLIN, 0}};
            for (int const socket : sockets_)
                all.push_back({socket, static_cast<short>(dead_ ? 0 : POLLIN), 0});
            ::poll(all.data(), all.size(), 10);
            for (std::size_t i = 1; i < all.size() && !dead_; ++i) {
                if ((all[i].revents & POLLIN) != 0)
                    pass(i - 1);
            }
            if ((all[0].revents & POLLIN) != 0)
                accept();
        }
    }

    void accept() {
        auto const where = backend::url::parse(server_url());
        sockaddr_in there = loopback(static_cast<std::uint16_t>(std::stoi(where.port)));
        sockets_.push_back(::accept(listener_, nullptr, nullptr));
        sockets_.push_back(::socket(AF_INET, SOCK_STREAM, 0));
        static_cast<void>(
            ::connect(sockets_.back(), reinterpret_cast<sockaddr*>(&there), sizeof there));
    }

    void pass(std::size_t from) {
        char bytes[4096];
        auto const size = ::recv(sockets_[from], bytes, sizeof bytes, 0);
        int const to = sockets_[from ^ 1];
        if (size > 0) {
            static_cast<void>(::send(to, bytes, static_cast<std::size_t>(size), MSG_NOSIGNAL));
        } else {
            ::shutdown(to, SHUT_WR);
        }
    }

    int listener_;
    std::uint16_t port_ = 0;
    std::vector<int> sockets_;
    std::atomic<bool> dead_{false};
    std::atomic<bool> over_{false};
    std::thread thread_;
};

}  // namespace roam::test::mysql
