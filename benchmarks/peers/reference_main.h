#pragma once

#include <exception>
#include <iostream>
#include <string>
#include <vector>

namespace espalier::bench {

/// What programs do that write a file for peers: `write(arguments)` with as many as `names` has.
int reference_main(int argc, char** argv, const std::vector<std::string>& names,
                   const auto& write) {
  const std::vector<std::string> arguments(argv + 1, argv + argc);
  if (arguments.size() != names.size()) {
    std::cerr << "usage: " << argv[0];
    for (const std::string& name : names) std::cerr << ' ' << name;
    std::cerr << '\n';
    return 2;
  }
  try {
    write(arguments);
  } catch (const std::exception& error) {
    std::cerr << error.what() << '\n';
    return 1;
  }
  return 0;
}

}  // namespace espalier::bench
