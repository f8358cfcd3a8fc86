#include <cstdint>
#include <utility>

#include <nlohmann/json.hpp>

#include <espalier/apps/systems/make_system.h>
#include <espalier/apps/systems/recurrent.h>
#include <espalier/apps/systems/systems.h>
#include <espalier/datasets/dates.h>
#include <espalier/models/encoder_decoder.h>

// Encoder and decoder: reads a sequence, then says another.
namespace espalier::apps {
namespace {

using models::EncoderDecoder;
struct NoTraits {};
using Parts = SystemParts<EncoderDecoder, datasets::Dates, NoTraits>;
using DatesOptions = DrawnOptions<20'000>;

datasets::Dates draw_dates(const DatesOptions& options, const std::filesystem::path&) {
  const std::size_t part = eighth(options.train_size);
  return datasets::generate_dates(
      {.num_train = options.train_size, .num_dev = part, .num_test = part});
}

Setup<EncoderDecoder> setup(std::string_view model, const Parts::Set&) {
  return {
      .model = {.input_size = 32,
                .encoder = recurrent_options(model, {.hidden_size = 128, .bidirectional = true})},
      .training = {.recipe = {.learning_rate = 0.003, .l2 = 0.0, .adam = true},
                   .epochs = 15,
                   .batch_size = 64,
                   .rate_decay = 0.85,
                   .clip = 1.0}};
}

void fit(models::EncoderDecoderOptions& options, const datasets::Dates& dates, const NoTraits&) {
  options.num_source_words = static_cast<int>(dates.vocabulary.size());
  options.num_target_words = static_cast<int>(dates.target_vocabulary.size());
  options.begin_word = dates.target_vocabulary.find(datasets::Dates::kBegin);
  options.end_word = dates.target_vocabulary.find(datasets::Dates::kEnd);
}

void predict(const Trained<EncoderDecoder, NoTraits>& trained, datasets::LineReader& lines,
             std::ostream& out) {
  constexpr std::size_t kBeam = 4, kMaxLength = 64;
  while (const auto line = lines.next()) {
    std::vector<std::uint32_t> characters;
    for (const char c : *line) {
      characters.push_back(trained.model.vocabulary.find(std::string_view(&c, 1)));
    }
    const models::Hypothesis said = trained.model.network.beam(characters, kBeam, kMaxLength);
    std::string text;
    for (const std::uint32_t word : said.words) text += trained.model.target_vocabulary.word(word);
    out << nlohmann::ordered_json{{"text", text}, {"log_probability", said.log_probability}}.dump()
        << '\n';
    check_written(out);
  }
}

}  // namespace

System translation_system() {
  return make_system<EncoderDecoder>(Parts{
      .models = recurrent_models(),
      .description = "encoder and decoder: reads a sequence, then says another (Cho et al. 2014; "
                     "Sutskever et al. 2014)",
      .metrics =
          "exact_match, which chooses the best epoch, and accuracy of the characters, taught",
      .examples = "what is to be translated: the 3rd of May 2019",
      .data_sets = {data_set<DatesOptions>(
          {.name = "dates", .description = "dates as people write them, to be said as 2019-05-03"},
          NoTraits(), draw_dates)},
      .setup = setup,
      .fit = fit,
      .adjust =
          [](auto& given, const auto&, const Run& run) {
            settle_memory(given.model.encoder, run);
            check_dropout(given.model.encoder, run);
          },
      .predict = predict});
}

}  // namespace espalier::apps
