#pragma once

#include <istream>
#include <ostream>
#include <span>
#include <string>

namespace espalier::apps {

/// The `espalier` command; `arguments` are those after its name.
///
/// Returns the exit status: 0 if all went well, 2 if the command was used wrongly, 1 for anything
/// else: data that is no good, files that cannot be read or written, memory that ran out; and 128
/// and the signal's number if SIGINT or SIGTERM ended a run. `err` then has a message that begins
/// with "espalier: ".
int run(std::span<const std::string> arguments, std::istream& in, std::ostream& out,
        std::ostream& err);

}  // namespace espalier::apps
