// SPDX-License-Identifier: MIT
#pragma once

namespace roam {

/// A place in the user's source, taken by a default argument at the call. std::source_location
/// with the same members, for compilers that have the header but not the class (clang 14 over
/// libstdc++ 12); one type for all keeps them link compatible.
/// Thread safety: a plain value.
class source_location {
public:
    constexpr source_location() = default;

    static constexpr source_location current(char const* file = __builtin_FILE(),
                                             char const* function = __builtin_FUNCTION(),
                                             unsigned line = __builtin_LINE()) {
        source_location here;
        here.file_ = file;
        here.function_ = function;
        here.line_ = line;
        return here;
    }

    constexpr char const* file_name() const { return file_; }
    constexpr char const* function_name() const { return function_; }
    constexpr unsigned line() const { return line_; }

private:
    char const* file_ = "";
    char const* function_ = "";
    unsigned line_ = 0;
};

}  // namespace roam
