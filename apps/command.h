#pragma once

#include <istream>
#include <new>
#include <ostream>
#include <stdexcept>
#include <string>

namespace CLI {
class App;
}

namespace espalier::apps {

/// What a command reads and writes apart from files.
struct Streams {
  std::istream& in;
  std::ostream& out;  ///< What the command is for.
  std::ostream& err;  ///< Notes and progress.
};

/// Options that do not go together, or that miss another one. Bad data is an espalier::Error.
class UsageError : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

/// Memory that ran out, and for what.
class OutOfMemory : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

/// do_it(), whose running out of memory is an OutOfMemory that says `for_what`.
template <class DoIt>
auto with_memory_for(const std::string& for_what, const DoIt& do_it) {
  try {
    return do_it();
  } catch (const std::bad_alloc&) {
    throw OutOfMemory("out of memory: " + for_what + " takes more than there is");
  } catch (const std::length_error&) {  // Of a container: more than addresses there are.
    throw OutOfMemory("out of memory: " + for_what + " takes more than there is");
  }
}

/// A run that a signal ended after a step. The command says `what`, and its status is 128 and the
/// signal's number, as a shell has it.
struct Interrupted {
  int signal = 0;
  std::string what;
};

/// Throws FileError if something that was written to `out` did not arrive.
void check_written(std::ostream& out);

}  // namespace espalier::apps
