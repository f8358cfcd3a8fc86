#include <espalier/apps/commands/example_file.h>

#include <espalier/base/output_file.h>

namespace espalier::apps {

datasets::LineReader open_examples(const std::filesystem::path& path,
                                   std::istream& standard_input) {
  if (path == "-") return datasets::LineReader(standard_input, "<standard input>");
  return datasets::LineReader(path);
}

void write_output(const std::filesystem::path& path, std::string_view text,
                  std::ostream& standard_output) {
  if (path == "-") {
    standard_output << text;
    return;
  }
  write_file(path, text);
}

}  // namespace espalier::apps
