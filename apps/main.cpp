#include <unistd.h>

#include <cstring>
#include <exception>
#include <iostream>
#include <new>
#include <string>
#include <vector>

#include <espalier/apps/command_line.h>

namespace {

constexpr int kFailure = 1;

void write_error(const char* text) {
  const ssize_t ignored = ::write(STDERR_FILENO, text, std::strlen(text));
  static_cast<void>(ignored);
}

// What no handler caught, of a thread say, or before main: a message and an exit status as ever, in
// place of an abort. It takes no memory, of which there may be none.
[[noreturn]] void end_at_once() noexcept {
  try {
    if (std::current_exception() != nullptr) throw;
    write_error("espalier: ended by an error\n");
  } catch (const std::bad_alloc&) {
    write_error("espalier: out of memory\n");
  } catch (const std::exception& error) {
    write_error("espalier: ");
    write_error(error.what());
    write_error("\n");
  } catch (...) {
    write_error("espalier: ended by an error of an unknown kind\n");
  }
  ::_exit(kFailure);
}

struct Handler {
  Handler() { std::set_terminate(end_at_once); }
};
[[gnu::init_priority(
    101)]] const Handler handler;  // Before other objects of this program are made.

}  // namespace

int main(int argc, char** argv) {
  std::ios::sync_with_stdio(false);
  try {
    const std::vector<std::string> arguments(argv + (argc > 0 ? 1 : 0), argv + argc);
    return espalier::apps::run(arguments, std::cin, std::cout, std::cerr);
  } catch (...) {
    end_at_once();  // run() reports all else: there is no memory for a message.
  }
}
