#include <algorithm>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include <nlohmann/json.hpp>

#include <espalier/apps/pictures/clip_drawing.h>
#include <espalier/apps/systems/answering.h>
#include <espalier/apps/systems/clips.h>
#include <espalier/apps/systems/json.h>
#include <espalier/apps/systems/make_system.h>
#include <espalier/apps/systems/systems.h>
#include <espalier/data/skeleton_transforms.h>
#include <espalier/models/agc_network.h>
#include <espalier/models/part_lstm_classifier.h>
#include <espalier/ops/argmax.h>

// What bodies do in clips.
namespace espalier::apps {
namespace {

using models::AGCNetwork;
using models::PartLSTMClassifier;

template <class Model>
using Parts = SystemParts<Model, ClipDataset, ClipTraits>;
template <class Model>
using TrainedClips = Trained<Model, ClipTraits>;

// Shahroudy et al. 2016, by Adam.
Setup<PartLSTMClassifier> part_setup(std::string_view model, const ClipSet& set) {
  models::ClipReadingOptions reading = set.traits.reading;
  reading.frames = 20;
  reading.frame_choice = models::ClipFrames::kSegments;
  return {.model = {.reading = reading, .part_aware = model == "part-lstm"},
          .training = {
              .recipe = PartLSTMClassifier::kRecipe, .epochs = 50, .batch_size = 32, .clip = 5.0}};
}

// Si et al. 2019, but for the learning rate, which is that of a smaller network.
Setup<AGCNetwork> agc_setup(std::string_view model, const ClipSet& set) {
  training::Recipe recipe = AGCNetwork::kRecipe;
  recipe.learning_rate = 1e-3;
  return {.model = {.reading = set.traits.reading, .attends = model == "agc-lstm"},
          .training = {.recipe = recipe, .epochs = 50, .batch_size = 16, .clip = 5.0}};
}

template <class Model>
std::optional<LabelledClip> next_clip(const TrainedClips<Model>& trained,
                                      datasets::LineReader& lines) {
  std::size_t persons = 2;
  if constexpr (requires { trained.model.network.options().num_persons; }) {
    persons = static_cast<std::size_t>(trained.model.network.options().num_persons);
  }
  return read_clip(lines, trained.model.network.body().num_joints(), trained.model.classes,
                   persons);
}

template <class Model>
models::ClipBatch batch_of(const Model& model, std::span<const LabelledClip> clips) {
  std::vector<std::uint32_t> all(clips.size());
  for (std::uint32_t i = 0; i < all.size(); ++i) all[i] = i;
  Rng unused(0);
  return model.make_batch(clips, all, unused);
}

template <class Model>
void predict(const TrainedClips<Model>& trained, datasets::LineReader& lines, std::ostream& out) {
  answer_in_batches<LabelledClip>(
      [&] { return next_clip(trained, lines); },
      [&](const std::vector<LabelledClip>& clips) {
        const Tensor probabilities =
            trained.model.network.probabilities(batch_of(trained.model.network, clips));
        const auto labels = argmax_rows(probabilities.view());
        for (std::size_t i = 0; i < clips.size(); ++i) {
          out << FloatJson{{"name", clips[i].name},
                           {"label", trained.model.classes[static_cast<std::size_t>(labels[i])]},
                           {"probabilities", probabilities.row(i)}}
                     .dump()
              << '\n';
        }
        check_written(out);
      });
}

// Of joints in the frames that the network reads; none if it does not attend to joints.
std::vector<std::vector<float>> attention(const AGCNetwork& network, const LabelledClip& clip,
                                          std::size_t num_frames) {
  if (!network.options().attends || network.options().stream == models::BodyStream::kParts) {
    return {};
  }
  const models::ClipBatch batch = batch_of(network, {&clip, 1});
  const auto found = network.attention(batch, models::BodyStream::kJoints);
  const std::size_t joints = network.body().num_joints();
  std::vector<std::vector<float>> frames(
      num_frames, std::vector<float>(clip.sequence.num_persons() * joints, 0.0f));
  const std::size_t steps = found.alpha.rows() / batch.persons.size();
  for (std::size_t s = 0; s < batch.persons.size(); ++s) {
    for (std::size_t frame = 0; frame < num_frames; ++frame) {
      const std::size_t step = std::min(frame / found.frames_per_step, steps - 1);
      std::ranges::copy(
          found.alpha.row(s * steps + step),
          frames[frame].begin() + static_cast<std::ptrdiff_t>(batch.persons[s] * joints));
    }
  }
  return frames;
}
std::vector<std::vector<float>> attention(const PartLSTMClassifier&, const LabelledClip&,
                                          std::size_t) {
  return {};
}

template <class Model>
std::string draw(const TrainedClips<Model>& trained, datasets::LineReader& lines,
                 const DrawOptions& options) {
  if (options.dot) throw UsageError("--dot is for trees; a clip is drawn as animated SVG");
  const Model& network = trained.model.network;
  const LabelledClip clip =
      example_at<LabelledClip>(lines, options.line, [&] { return next_clip(trained, lines); });
  const Tensor probabilities = network.probabilities(batch_of(network, {&clip, 1}));
  const auto label = static_cast<std::size_t>(argmax_rows(probabilities.view())[0]);
  const auto frames = even_frames(clip.sequence.num_frames(),
                                  static_cast<std::size_t>(network.options().reading.frames));
  return draw_clip(
      {clip.sequence.frames(frames), attention(network, clip, frames.size()),
       trained.model.classes[label],
       clip.label == kNoLabel ? std::string()
                              : trained.model.classes[static_cast<std::size_t>(clip.label)]},
      network.body().bones());
}

// Beside the metrics of all, the part of each class that is told right.
template <class Model>
training::Metrics measure(const TrainedClips<Model>& trained, const ClipDataset& data,
                          Split split) {
  const std::span<const LabelledClip> clips(data.of(split));
  const Model& network = trained.model.network;
  training::Metrics metrics = training::evaluate(network, clips);
  training::ClassEvaluation all;
  for (const auto& numbers : training::batches(network, clips, 64)) {
    Rng unused(0);
    network.evaluate(network.make_batch(clips, numbers, unused), all);
  }
  std::map<std::int32_t, std::pair<double, double>> counts;  // Right, all.
  for (std::size_t i = 0; i < all.labels().size(); ++i) {
    auto& [right, total] = counts[all.labels()[i]];
    right += all.predicted()[i] == all.labels()[i] ? 1.0 : 0.0;
    ++total;
  }
  for (const auto& [label, count] : counts) {
    if (label == kNoLabel) continue;
    metrics["accuracy of " + trained.model.classes[static_cast<std::size_t>(label)]] =
        count.first / count.second;
  }
  return metrics;
}

template <class Model>
Parts<Model> parts_of(std::vector<std::string_view> models, std::string_view description,
                      Setup<Model> (*setup)(std::string_view, const ClipSet&)) {
  return {.models = std::move(models),
          .description = description,
          .metrics =
              "accuracy, which chooses the best epoch, and macro_f1; evaluate: the accuracy "
              "of each class, too",
          .examples =
              "a clip: a JSON line as docs/clip-format.md has it, "
              "{\"frames\": [[[[x, y, z], ...]]]}, or a .skeleton file of NTU RGB+D",
          .data_sets = clip_data_sets(),
          .setup = setup,
          .fit =
              [](auto& options, const ClipDataset& data, const ClipTraits&) {
                options.num_classes = data.num_classes();
                options.body = models::describe(data.skeleton);
                if constexpr (requires { options.num_persons; }) {
                  options.num_persons = static_cast<int>(most_persons(data));
                }
              },
          .measure = [](const TrainedClips<Model>& trained, ClipDataset data,
                        Split split) { return measure(trained, data, split); },
          .predict = predict<Model>,
          .draw = draw<Model>};
}

}  // namespace

System part_lstm_system() {
  return make_system(parts_of<PartLSTMClassifier>(
      {"part-lstm", "lstm"},
      "what a body does in a clip, by an LSTM with a memory for each part of the body "
      "(Shahroudy et al. 2016), or by one over all joints",
      part_setup));
}

System agc_lstm_system() {
  return make_system(parts_of<AGCNetwork>(
      {"agc-lstm", "gc-lstm"},
      "what a body does in a clip, by LSTMs whose gates are graph convolutions over joints, with "
      "attention to joints (Si et al. 2019) or without",
      agc_setup));
}

}  // namespace espalier::apps
