// SPDX-License-Identifier: MIT
#include <roam/mapping/scratch.hpp>

#include <cstring>
#include <new>

namespace roam::mapping {

char* scratch::take(std::size_t size) {
    void* const memory = ::operator new(sizeof(block) + size);
    last_ = new (memory) block{last_};
    return static_cast<char*>(memory) + sizeof(block);
}

void scratch::release() noexcept {
    while (last_) {
        block* const before = last_->before;
        ::operator delete(last_);
        last_ = before;
    }
}

cell scratch::keep(cell const& c) {
    switch (c.kind) {
        case cell_kind::text:
        case cell_kind::blob:
        case cell_kind::uuid:
        case cell_kind::json:
        case cell_kind::decimal:
        case cell_kind::array:
        case cell_kind::unchecked_text: {
            char* const copy = take(c.size);
            if (c.size != 0)
                std::memcpy(copy, c.text, c.size);
            return cell::of_text({copy, c.size}, c.kind);
        }
        default:
            return c;
    }
}

}  // namespace roam::mapping
