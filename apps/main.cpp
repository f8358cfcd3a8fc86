#include <iostream>
#include <string>
#include <vector>

#include <espalier/apps/command_line.h>

int main(int argc, char** argv) {
  std::ios::sync_with_stdio(false);
  const std::vector<std::string> arguments(argv + (argc > 0 ? 1 : 0), argv + argc);
  return espalier::apps::run(arguments, std::cin, std::cout, std::cerr);
}
