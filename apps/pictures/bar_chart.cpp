#include <espalier/apps/pictures/bar_chart.h>

#include <sstream>
#include <utility>

#include <espalier/apps/pictures/svg.h>

namespace espalier::apps {
namespace {

constexpr int kLeft = 16, kTop = 48, kBar = 560, kThick = 22, kEach = 56;
constexpr std::size_t kShownCharacters = 90;

}  // namespace

std::string draw_bars(std::span<const Bar> bars, const std::string& title) {
  std::ostringstream out;
  out << "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"" << 2 * kLeft + kBar + 80
      << "\" height=\"" << kTop + kEach * static_cast<int>(bars.size())
      << "\" font-family=\"Helvetica, sans-serif\" font-size=\"13\">\n"
      << "<rect width=\"100%\" height=\"100%\" fill=\"#ffffff\"/>\n"
      << "<text x=\"" << kLeft << "\" y=\"26\" font-weight=\"bold\">"
      << svg_text(title, kShownCharacters) << "</text>\n";
  int y = kTop;
  for (const Bar& bar : bars) {
    const double width = kBar * static_cast<double>(bar.part);
    out << "<g><title>" << svg_text(bar.name, bar.name.size()) << ": " << bar.part
        << "</title><text x=\"" << kLeft << "\" y=\"" << y + 12 << "\">"
        << svg_text(bar.name, kShownCharacters) << "</text><rect x=\"" << kLeft << "\" y=\""
        << y + 18 << "\" width=\"" << width << "\" height=\"" << kThick
        << "\" fill=\"#4678be\"/><text x=\"" << kLeft + 8 + width << "\" y=\"" << y + 34 << "\">"
        << bar.part << "</text></g>\n";
    y += kEach;
  }
  out << "</svg>\n";
  return std::move(out).str();
}

}  // namespace espalier::apps
