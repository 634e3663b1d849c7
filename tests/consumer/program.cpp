// SPDX-License-Identifier: MIT
#include <roam/version.hpp>

#include <iostream>

int main() { std::cout << "roam " << roam::version() << '\n'; }
