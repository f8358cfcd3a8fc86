#include <espalier/datasets/ntu.h>

#include <algorithm>
#include <array>
#include <map>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include <espalier/base/error.h>
#include <espalier/datasets/internal/fields.h>
#include <espalier/datasets/line_reader.h>
#include <espalier/ops/random.h>

namespace espalier::datasets {
namespace {

using Path = std::filesystem::path;

constexpr std::array<int, 20> kTrainPerformers = {1,  2,  4,  5,  8,  9,  13, 14, 15, 16,
                                                  17, 18, 19, 25, 27, 28, 31, 34, 35, 38};

constexpr const char* kActions[] = {"drink water",
                                    "eat meal",
                                    "brush teeth",
                                    "brush hair",
                                    "drop",
                                    "pick up",
                                    "throw",
                                    "sit down",
                                    "stand up",
                                    "clap",
                                    "read",
                                    "write",
                                    "tear up paper",
                                    "put on jacket",
                                    "take off jacket",
                                    "put on a shoe",
                                    "take off a shoe",
                                    "put on glasses",
                                    "take off glasses",
                                    "put on a hat",
                                    "take off a hat",
                                    "cheer up",
                                    "hand waving",
                                    "kick something",
                                    "reach into pocket",
                                    "hop",
                                    "jump up",
                                    "phone call",
                                    "play with phone",
                                    "type on a keyboard",
                                    "point to something",
                                    "take a selfie",
                                    "check time",
                                    "rub two hands",
                                    "nod head",
                                    "shake head",
                                    "wipe face",
                                    "salute",
                                    "put palms together",
                                    "cross hands in front",
                                    "sneeze or cough",
                                    "stagger",
                                    "fall down",
                                    "touch head",
                                    "touch chest",
                                    "touch back",
                                    "touch neck",
                                    "vomit",
                                    "fan self",
                                    "punch another",
                                    "kick another",
                                    "push another",
                                    "pat another's back",
                                    "point at another",
                                    "hug another",
                                    "give something",
                                    "touch another's pocket",
                                    "shake hands",
                                    "walk towards another",
                                    "walk apart"};

// The clips of a folder, by name.
std::map<std::string, Path> find_clips(const Path& folder) {
  std::map<std::string, Path> clips;
  std::error_code error;
  for (const auto& entry : std::filesystem::directory_iterator(folder, error)) {
    const std::string file = entry.path().filename().string();
    const std::size_t ending = file.find(".skeleton");
    if (ending == std::string::npos) continue;
    const std::string name = file.substr(0, ending), rest = file.substr(ending + 9);
    if (!rest.empty() && rest != ".gz" && rest != ".zst" && rest != ".xz" && rest != ".bz2")
      continue;
    if (clips.emplace(name, entry.path()).second) continue;
    throw FileError(message(folder.string(), ": the clip ", name, " is there twice"));
  }
  if (error) throw FileError(message(folder.string(), ": cannot be read: ", error.message()));
  if (clips.empty()) {
    throw FileError(message(folder.string(), ": no clips, expected files of names like ",
                            "S001C002P003R002A013.skeleton"));
  }
  return clips;
}

std::set<std::string> read_missing(const Path& folder) {
  std::set<std::string> names;
  const Path path = folder / "missing_skeletons.txt";
  if (!std::filesystem::exists(path)) return names;
  LineReader lines(path);
  while (const auto line = lines.next()) {
    for (const Field& word : split_words(*line)) names.emplace(word.text);
  }
  return names;
}

bool is_test(const NtuName& name, NtuProtocol protocol) {
  if (protocol == NtuProtocol::kCrossView) return name.camera == 1;
  return std::ranges::find(kTrainPerformers, name.performer) == kTrainPerformers.end();
}

}  // namespace

NtuName parse_ntu_name(std::string_view name) {
  NtuName parsed;
  const std::array<std::pair<int*, int>, 5> numbers = {{{&parsed.setup, 17},
                                                        {&parsed.camera, 3},
                                                        {&parsed.performer, 40},
                                                        {&parsed.replication, 2},
                                                        {&parsed.action, 60}}};
  for (std::size_t i = 0; i < 5; ++i) {
    const std::string_view piece = name.substr(std::min(4 * i, name.size()), 4);
    const auto number =
        piece.size() == 4 && piece[0] == "SCPRA"[i] ? whole_number(piece.substr(1)) : std::nullopt;
    const auto most = static_cast<std::uint64_t>(numbers[i].second);
    if (!number || *number < 1 || *number > most || name.size() != 20) {
      throw ParseError({.source = std::string(name)},
                       message("no name of a clip of NTU RGB+D, expected one like "
                               "S001C002P003R002A013, ",
                               std::string("SCPRA").substr(i, 1), " of 001 .. ", most));
    }
    *numbers[i].first = static_cast<int>(*number);
  }
  return parsed;
}

ClipDataset load_ntu(const Path& folder, const NtuOptions& options) {
  if (!(options.dev_fraction >= 0.0f && options.dev_fraction < 1.0f)) {
    throw OptionError(message("dev_fraction is ", options.dev_fraction, ", expected 0 <= it < 1"));
  }
  ClipDataset data(skeleton_named("ntu"));
  data.classes.assign(std::begin(kActions), std::end(kActions));
  const std::set<std::string> missing = read_missing(folder);
  for (const auto& [name, path] : find_clips(folder)) {
    const NtuName parsed = parse_ntu_name(name);
    if (missing.contains(name)) continue;
    LabelledClip clip{name, load_ntu_clip(path, options.clips), parsed.action - 1};
    (is_test(parsed, options.protocol) ? data.test : data.train).push_back(std::move(clip));
  }
  Rng rng(options.seed);
  std::vector<LabelledClip> learnt = std::exchange(data.train, {});
  std::vector<std::size_t> order(learnt.size());
  for (std::size_t i = 0; i < order.size(); ++i) order[i] = i;
  rng.shuffle(std::span(order));
  const auto num_dev =
      static_cast<std::size_t>(options.dev_fraction * static_cast<float>(learnt.size()));
  std::vector<bool> is_dev(learnt.size());
  for (std::size_t i = 0; i < num_dev; ++i) is_dev[order[i]] = true;
  for (std::size_t i = 0; i < learnt.size(); ++i) {
    (is_dev[i] ? data.dev : data.train).push_back(std::move(learnt[i]));
  }
  return data;
}

}  // namespace espalier::datasets
