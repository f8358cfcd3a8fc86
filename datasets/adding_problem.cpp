#include <espalier/datasets/adding_problem.h>

#include <utility>

#include <espalier/base/error.h>
#include <espalier/ops/random.h>

namespace espalier::datasets {
namespace {

constexpr std::size_t kMinLength = 2;  // One marker in each half.

void check(const AddingProblemOptions& options) {
  if (options.length < kMinLength) {
    throw OptionError(message("length is ", options.length, ", expected >= ", kMinLength));
  }
  if (options.min_length != 0 &&
      (options.min_length < kMinLength || options.min_length > options.length)) {
    throw OptionError(message("min_length is ", options.min_length, ", expected 0 or ", kMinLength,
                              " .. ", options.length, ", the length"));
  }
}

RegressionExample draw_example(const AddingProblemOptions& options, Rng rng) {
  const std::size_t shortest = options.min_length == 0 ? options.length : options.min_length;
  const std::size_t length = shortest + rng.below(options.length - shortest + 1);
  Tensor input = Tensor::zeros({length, 2});
  for (std::size_t i = 0; i < length; ++i) input.row(i)[0] = rng.uniform();

  const std::size_t half = length / 2;
  float sum = 0;
  for (const std::size_t marked : {rng.below(half), half + rng.below(length - half)}) {
    input.row(marked)[1] = 1;
    sum += input.row(marked)[0];
  }
  return {std::move(input), sum};
}

std::vector<RegressionExample> draw(std::size_t count, const AddingProblemOptions& options,
                                    const Rng& rng) {
  std::vector<RegressionExample> examples;
  for (std::size_t i = 0; i < count; ++i) examples.push_back(draw_example(options, rng.fork(i)));
  return examples;
}

}  // namespace

Splits<std::vector<RegressionExample>> generate_adding_problem(
    const AddingProblemOptions& options) {
  check(options);
  const Rng rng(options.seed);
  return {draw(options.num_train, options, rng.fork(0)),
          draw(options.num_dev, options, rng.fork(1)),
          draw(options.num_test, options, rng.fork(2))};
}

}  // namespace espalier::datasets
