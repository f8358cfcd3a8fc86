#include <espalier/apps/pictures/svg.h>

#include <array>
#include <cmath>
#include <cstdio>

#include <espalier/base/utf8.h>

namespace espalier::apps {

std::string class_color(std::size_t label, std::size_t num_labels) {
  using Color = std::array<double, 3>;
  constexpr std::array<Color, 3> kStops = {Color{70, 120, 190}, Color{240, 215, 110},
                                           Color{205, 60, 50}};
  const double position =
      num_labels < 2 ? 0.0 : 2.0 * static_cast<double>(label) / static_cast<double>(num_labels - 1);
  const std::size_t stop = position < 1.0 ? 0 : 1;
  const double share = position - static_cast<double>(stop);
  std::array<char, 8> text{};
  const auto part = [&](std::size_t i) {
    return static_cast<unsigned>(
        std::lround(kStops[stop][i] + share * (kStops[stop + 1][i] - kStops[stop][i])));
  };
  std::snprintf(text.data(), text.size(), "#%02x%02x%02x", part(0) & 0xFFu, part(1) & 0xFFu,
                part(2) & 0xFFu);
  return text.data();
}

std::string svg_text(std::string_view text, std::size_t max_characters) {
  std::string line;
  std::size_t num_characters = 0;
  for (const char c : text) {
    const bool begins = (static_cast<unsigned char>(c) & 0xC0u) != 0x80u;
    if (begins && num_characters++ == max_characters) return xml_text(line) + "…";
    line += static_cast<unsigned char>(c) < 0x20 || c == 0x7F ? ' ' : c;
  }
  return xml_text(line);
}

namespace {

constexpr std::size_t kShownCharacters = 90;

}  // namespace

void write_svg_legend(std::ostream& out, const std::vector<std::string>& labels, int left) {
  int x = left;
  for (std::size_t label = 0; label < labels.size(); ++label) {
    out << "<circle cx=\"" << x << "\" cy=\"18\" r=\"6\" fill=\""
        << class_color(label, labels.size()) << "\"/><text x=\"" << x + 10 << "\" y=\"22\">"
        << svg_text(labels[label], kShownCharacters) << "</text>\n";
    x += 30 + 8 * static_cast<int>(labels[label].size());
  }
}

}  // namespace espalier::apps
