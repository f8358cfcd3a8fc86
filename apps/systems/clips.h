#pragma once

#include <optional>
#include <string>
#include <vector>

#include <espalier/apps/systems/data_set.h>
#include <espalier/data/labelled_clip.h>
#include <espalier/datasets/line_reader.h>
#include <espalier/models/clip_batch.h>

// Clips of bodies, of which what is done is the class.
namespace espalier::apps {

struct ClipTraits {
  /// How their publishers read them.
  models::ClipReadingOptions reading = {};
};
using ClipSet = DataSet<ClipDataset, ClipTraits>;

std::vector<ClipSet> clip_data_sets();

/// The next clip: a JSON line, or all lines of a .skeleton file of NTU RGB+D, if they begin with a
/// number, of which so many persons are read. Nothing at the end. Throws ParseError as
/// datasets::parse_clip() and read_ntu_clip() do.
std::optional<LabelledClip> read_clip(datasets::LineReader& lines, NodeId num_joints,
                                      const std::vector<std::string>& classes,
                                      std::size_t num_persons);

/// The most persons that any clip of any split has.
std::size_t most_persons(const ClipDataset& data);

}  // namespace espalier::apps
