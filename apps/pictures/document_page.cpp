#include <espalier/apps/pictures/document_page.h>

#include <algorithm>
#include <array>
#include <cstdio>

#include <espalier/base/error.h>
#include <espalier/base/utf8.h>

namespace espalier::apps {
namespace {

constexpr const char* kHead =
    "<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n"
    "<title>Attention</title>\n<style>\n"
    "body { font: 16px/1.7 sans-serif; max-width: 52em; margin: 2em auto; color: #222; }\n"
    ".sentence { display: flex; gap: .8em; margin: .25em 0; }\n"
    ".bar { flex: 0 0 3.6em; border-radius: 4px; text-align: center; font-size: 12px; }\n"
    ".word { padding: .1em .15em; border-radius: 3px; }\n"
    "</style>\n</head>\n<body>\n";

std::string number(const char* format, double value) {
  std::array<char, 32> text{};
  std::snprintf(text.data(), text.size(), format, value);  // NOLINT(*-format-nonliteral)
  return text.data();
}

// As dark as a weight is beside the greatest of its kind.
std::string shade(const char* rgb, float weight, float greatest) {
  const double part = greatest > 0.0f ? static_cast<double>(weight / greatest) : 0.0;
  return message("background: rgba(", rgb, ", ", number("%.3f", part), ")");
}

}  // namespace

std::string document_page(const TextDocument& text, const DocumentVerdict& verdict,
                          std::span<const float> sentence_weights,
                          std::span<const float> word_weights) {
  std::string page = kHead;
  page += message("<h1>", xml_text(verdict.label), " <small>(",
                  number("%.3f", static_cast<double>(verdict.probability)), ")</small></h1>\n");
  const float greatest = *std::ranges::max_element(sentence_weights);
  std::size_t word = 0;
  for (std::size_t s = 0; s < text.document.num_sentences(); ++s) {
    const std::size_t length = text.document.sentence(s).size();
    const std::span<const float> weights = word_weights.subspan(word, length);
    const float most = *std::ranges::max_element(weights);
    const std::string share = number("%.3f", static_cast<double>(sentence_weights[s]));
    page +=
        message("<div class=\"sentence\"><span class=\"bar\" style=\"",
                shade("200, 85, 61", sentence_weights[s], greatest), "\">", share, "</span><span>");
    for (std::size_t w = 0; w < length; ++w, ++word) {
      page +=
          message("<span class=\"word\" title=\"", number("%.3f", static_cast<double>(weights[w])),
                  "\" style=\"", shade("27, 108, 168", weights[w], most), "\">",
                  xml_text(text.tokens[word]), "</span> ");
    }
    page += "</span></div>\n";
  }
  return page + "</body>\n</html>\n";
}

}  // namespace espalier::apps
