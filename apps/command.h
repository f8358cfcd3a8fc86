#pragma once

#include <istream>
#include <ostream>
#include <stdexcept>

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

/// Throws FileError if something that was written to `out` did not arrive.
void check_written(std::ostream& out);

}  // namespace espalier::apps
