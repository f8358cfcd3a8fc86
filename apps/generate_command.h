#pragma once

#include <espalier/apps/command.h>

namespace espalier::apps {

/// `espalier generate`. Adds it to `app`; `streams` must outlive that.
void add_generate_command(CLI::App& app, const Streams& streams);

}  // namespace espalier::apps
