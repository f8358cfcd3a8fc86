#include <espalier/apps/systems/clips.h>

#include <algorithm>
#include <utility>

#include <espalier/base/error.h>
#include <espalier/datasets/clips.h>
#include <espalier/datasets/motions.h>
#include <espalier/datasets/ntu.h>
#include <espalier/datasets/nwucla.h>

namespace espalier::apps {
namespace {

using datasets::NtuProtocol;
using datasets::NwuclaProtocol;
using models::ClipCoordinates;

struct MotionsOptions {
  std::size_t train_size = 2'000;
  float noise = 0.01f, train_view = 45.0f, test_view = 135.0f;

  static std::vector<Option> fields(MotionsOptions& o) {
    return {train_size_option(o.train_size),
            option("noise", o.noise, "Deviation of every coordinate, in metres", between(0, 10)),
            option("train_view", o.train_view, "Degrees to the side from which is learnt, at most",
                   between(0, 180)),
            option("test_view", o.test_view, "Degrees from which is tested, at most, beyond those",
                   between(0, 180))};
  }
};

struct NwuclaOptions {
  NwuclaProtocol protocol = NwuclaProtocol::kUsual;
  int dev_subject = 10;

  static std::vector<Option> fields(NwuclaOptions& o) {
    return {choice("protocol", o.protocol,
                   "What is learnt from: all clips of two views, as usual, or those that the test "
                   "does not have too, number for number",
                   {"usual", "clean"}),
            option("dev_subject", o.dev_subject,
                   "Whose clips choose the best epoch, 1 .. 10; 0: every twentieth clip",
                   between(0, 10))};
  }
};

struct NtuOptions {
  NtuProtocol tested = NtuProtocol::kCrossSubject;
  bool nan_is_unseen = false;

  static std::vector<Option> fields(NtuOptions& o) {
    return {choice("tested", o.tested, "What is new in the test", {"subjects", "views"}),
            option("nan_is_unseen", o.nan_is_unseen,
                   "Joints whose coordinates are NaN were not seen; else they are errors")};
  }
};

ClipDataset draw_motions(const MotionsOptions& options, const std::filesystem::path&) {
  const datasets::MotionOptions most;
  check_memory(options.train_size, most.max_frames * 25 * 13);
  return datasets::generate_motions({.num_train = options.train_size,
                                     .num_dev = eighth(options.train_size),
                                     .num_test = eighth(options.train_size),
                                     .noise = options.noise,
                                     .train_view = options.train_view,
                                     .test_view = options.test_view});
}

ClipDataset load_nwucla(const NwuclaOptions& options, const std::filesystem::path& folder) {
  return datasets::load_nwucla(folder,
                               {.protocol = options.protocol, .dev_subject = options.dev_subject});
}

ClipDataset load_ntu(const NtuOptions& options, const std::filesystem::path& folder) {
  return datasets::load_ntu(
      folder, {.protocol = options.tested, .clips = {.nan_is_unseen = options.nan_is_unseen}});
}

ClipDataset load_clips(const NoOptions&, const std::filesystem::path& folder) {
  return datasets::load_clips(folder);
}

}  // namespace

std::vector<ClipSet> clip_data_sets() {
  const ClipTraits aligned = {{.coordinates = ClipCoordinates::kAligned}};
  // As Chen et al. 2021 read it.
  const ClipTraits stretched = {
      {.frames = 52, .coordinates = ClipCoordinates::kStretched, .rotation = 60, .scaling = 0.5f}};
  return {
      data_set<MotionsOptions>(
          {.name = "motions",
           .description = "generated motions of a body: ten actions, tested from other sides"},
          aligned, draw_motions),
      data_set<NwuclaOptions>(
          {.name = "nwucla",
           .description =
               "Northwestern-UCLA: ten actions, learnt from two views, tested in a third",
           .files = "index.tsv and all_sqe/*.json",
           .folder = "nwucla",
           .probe = "index.tsv"},
          stretched, load_nwucla),
      data_set<NtuOptions>({.name = "ntu",
                            .description = "NTU RGB+D: 60 actions of 40 people before 3 cameras",
                            .files = "*.skeleton",
                            .folder = "ntu",
                            .probe = {}},
                           aligned, load_ntu),
      data_set<NoOptions>({.name = "skeletons",
                           .description = "clips of any body, in the format of docs/clip-format.md",
                           .files = "clips.json and what it names",
                           .folder = {},
                           .probe = "clips.json"},
                          aligned, load_clips)};
}

std::optional<LabelledClip> read_clip(datasets::LineReader& lines, NodeId num_joints,
                                      const std::vector<std::string>& classes,
                                      std::size_t num_persons) {
  const auto line = lines.next();
  if (!line) return std::nullopt;
  const bool is_number =
      !line->empty() && line->find_first_not_of("0123456789") == std::string_view::npos;
  if (!is_number) {
    return datasets::parse_clip(*line, lines.where(), num_joints, classes).clip;
  }
  const TextPosition where = lines.where();
  if (line->size() > 9) throw ParseError(where, "more frames than there are, expected a number");
  LabelledClip clip{
      message(where.source, ':', where.line),
      datasets::read_ntu_clip(lines, std::stoull(std::string(*line)), {.persons = num_persons})};
  if (clip.sequence.num_joints() != num_joints) {
    throw ParseError(where, message("a clip of ", clip.sequence.num_joints(), " joints, expected ",
                                    num_joints, " as the model has them"));
  }
  return clip;
}

std::size_t most_persons(const ClipDataset& data) {
  std::size_t most = 1;
  for (const auto* const clips : {&data.train, &data.dev, &data.test}) {
    for (const LabelledClip& clip : *clips) most = std::max(most, clip.sequence.num_persons());
  }
  return most;
}

}  // namespace espalier::apps
