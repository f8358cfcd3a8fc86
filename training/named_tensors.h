#pragma once

#include <map>
#include <span>
#include <string>
#include <string_view>

#include <espalier/ops/module.h>
#include <espalier/ops/tensor.h>

namespace espalier::training {

/// Tensors by name: the weights of a model, or the state of an optimiser.
using NamedTensors = std::map<std::string, Tensor, std::less<>>;

/// Copies of all values.
NamedTensors clone(const NamedTensors& tensors);
NamedTensors clone_values(std::span<const NamedParameter> parameters);

/// Tensors that share all values, and change with them: to be written to a file at once.
NamedTensors alias(const NamedTensors& tensors);
NamedTensors alias_values(std::span<const NamedParameter> parameters);

/// Sets the parameters to `values`, bit for bit, and changes nothing if it throws.
/// Throws Error, "<source> does not fit: …", naming every tensor that is missing, is not expected
/// or has another shape (with both shapes).
void load_parameters(std::span<const NamedParameter> parameters, const NamedTensors& values,
                     std::string_view source);

/// Throws ParseError, naming `source`, the tensor and the number, if one is infinite or none (NaN):
/// every answer of a model with such a weight would be made up.
void check_finite(const NamedTensors& tensors, const std::string& source);

/// The check that load_parameters makes.
using NamedShapes = std::map<std::string, Shape, std::less<>>;
NamedShapes shapes_of(std::span<const NamedParameter> parameters);
void check_names_and_shapes(const NamedTensors& actual, const NamedShapes& expected,
                            std::string_view source);

}  // namespace espalier::training
