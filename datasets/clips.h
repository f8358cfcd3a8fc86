#pragma once

#include <filesystem>
#include <string_view>
#include <vector>

#include <espalier/base/error.h>
#include <espalier/data/labelled_clip.h>

namespace espalier::datasets {

/// Clips from a folder of docs/clip-format.md: clips.json says of what body and classes, tables
/// have the clips, a JSON line each, or arrays of all of a split.
///
/// Throws FileError, and ParseError, naming file and line, at what the format does not have: a
/// class or split that is none, joints that are not as many as the body's, coordinates that are no
/// finite numbers, a clip without frames.
ClipDataset load_clips(const std::filesystem::path& folder);

/// A line of such a table; "name", "split" and "label" may be left out: then the name is the place.
/// Throws ParseError, naming the place.
struct ClipLine {
  LabelledClip clip;
  Split split = Split::kTest;
};
ClipLine parse_clip(std::string_view line, const TextPosition& where, NodeId num_joints,
                    const std::vector<std::string>& classes);

}  // namespace espalier::datasets
