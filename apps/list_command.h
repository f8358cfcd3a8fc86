#pragma once

#include <espalier/apps/command.h>

namespace espalier::apps {

/// `espalier list`: the models and the data sets there are.
/// It runs while `app` parses; the streams must live until then.
void add_list_command(CLI::App& app, const Streams& streams);

}  // namespace espalier::apps
