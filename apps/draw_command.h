#pragma once

#include <espalier/apps/command.h>

namespace espalier::apps {

/// `espalier draw`: a picture of a tree and of what a model makes of its nodes.
/// It runs while `app` parses; the streams must live until then.
void add_draw_command(CLI::App& app, const Streams& streams);

}  // namespace espalier::apps
