#include <espalier/training/configuration.h>

#include <gtest/gtest.h>

#include <espalier/base/error.h>

#include "tests/support/errors.h"

namespace espalier::training {
namespace {

using Texts = std::vector<std::string>;

TEST(ConfigurationTest, ComesBackFromJson) {
  const ModelDescription all = {.model = "EncoderDecoder",
                                .options = R"({"input_size":3})",
                                .words = {"<unk>", "é\n"},
                                .target_words = {"<unk>", "<begin>"},
                                .classes = {"no"}};
  const std::string text = to_json(all);
  const ModelDescription back = model_description_from_json(text, "m");
  EXPECT_EQ(back.model, all.model);
  EXPECT_EQ(back.options, all.options);
  EXPECT_EQ(back.words, all.words);
  EXPECT_EQ(back.target_words, all.target_words);
  EXPECT_EQ(back.classes, all.classes);
  EXPECT_EQ(to_json({.model = "m", .options = "{}"}), R"({"model":"m","options":{}})");
}

// As the command wrote them: entries of its own are left alone.
TEST(ConfigurationTest, TakesMoreThanItKnows) {
  const ModelDescription back = model_description_from_json(
      R"({"model":"tree-lstm","dataset":"listops","data":{},"options":{"a":1},"words":["<unk>"]})",
      "m");
  EXPECT_EQ(back.model, "tree-lstm");
  EXPECT_EQ(back.options, R"({"a":1})");
  EXPECT_EQ(back.words, Texts{"<unk>"});
  EXPECT_TRUE(back.classes.empty());
}

TEST(ConfigurationTest, RefusesWhatIsNone) {
  for (const char* text : {"", "{}", "[]", R"({"model":3,"options":{}})", R"({"model":"m"})",
                           R"({"model":"m","options":{},"words":"<unk>"})"}) {
    EXPECT_TRUE(test::error_of<ParseError>([&] {
                  model_description_from_json(text, "m.safetensors");
                }).starts_with("m.safetensors: no description of a model: "))
        << text;
  }
  EXPECT_EQ(test::error_of<ParseError>([&] {
              model_description_from_json(R"({"model":"m","options":{},"words":[1]})", "m");
            }),
            "m: no description of a model: \"words\": expected a list of texts");
  EXPECT_EQ(test::error_of<Error>([] { to_json({.model = "m", .options = "no"}); }),
            "the options of the model \"m\" are no, expected a JSON object");
}

}  // namespace
}  // namespace espalier::training
