#pragma once

#include <espalier/apps/command.h>

namespace espalier::apps {

/// `espalier predict`: the classes of every node of trees in a text, as JSON lines.
/// It runs while `app` parses; the streams must live until then.
void add_predict_command(CLI::App& app, const Streams& streams);

}  // namespace espalier::apps
