"""The other runtimes that benchmarks/encoder.py compares with: OpenVINO (also int8 by nncf) and onnxruntime (int8)."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

Scores = NDArray[np.float32]
Way = tuple[str, Callable[[Sequence[str]], Scores], Callable[[str, Sequence[str]], Scores]]
BATCH = 8


def unit(rows: Scores) -> Scores:
    """Rows of length 1."""
    return rows / np.linalg.norm(rows, axis=1, keepdims=True)


def exports(folder: Path, cross: Path, calibration: list[str], most: int) -> list[Way]:
    """OpenVINO and onnxruntime: sorted by length, padded batches."""
    import nncf
    import openvino as ov
    from transformers import AutoModel, AutoModelForSequenceClassification, AutoTokenizer

    tokenizer = AutoTokenizer.from_pretrained(cross)
    classes = ((AutoModel, folder), (AutoModelForSequenceClassification, cross))
    models = [kind.from_pretrained(place).eval() for kind, place in classes]
    example = dict(tokenizer([calibration[0]], [calibration[0]], return_tensors="pt"))
    names, core = list(example), ov.Core()
    graphs = [ov.convert_model(model, example_input=example) for model in models]
    samples = [tokenizer([calibration[0]], [text], return_tensors="np", truncation=True) for text in calibration]
    data = nncf.Dataset(samples, lambda sample: {name: sample[name] for name in names})
    small = [nncf.quantize(graph, data, model_type=nncf.ModelType.TRANSFORMER) for graph in graphs]

    def openvino(graph: Any) -> Callable[[Any], Any]:
        compiled = core.compile_model(graph, "CPU", {"PERFORMANCE_HINT": "LATENCY"})
        return lambda inputs: compiled({name: inputs[name] for name in names})[0]

    def variant(name: str, embed: Callable[[Any], Any], score: Callable[[Any], Any]) -> Way:
        def batches(first: Sequence[str], second: Sequence[str] | None, run: Callable[[Any, Any], Scores]) -> Scores:
            order = sorted(range(len(first)), key=lambda number: len((second if second is not None else first)[number]))
            found: list[Any] = [None] * len(first)
            for start in range(0, len(order), BATCH):
                part = order[start : start + BATCH]
                pair = None if second is None else [second[i] for i in part]
                inputs = tokenizer(
                    [first[i] for i in part], pair, return_tensors="np", padding=True, truncation=True,
                    max_length=most,
                )  # fmt: skip
                for number, row in zip(part, run(inputs, inputs["attention_mask"][:, :, None]), strict=True):
                    found[number] = row
            return np.array(found, dtype=np.float32)

        return (
            name,
            lambda texts: unit(batches(texts, None, lambda x, mask: (embed(x) * mask).sum(1) / mask.sum(1))),
            lambda question, texts: batches([question] * len(texts), texts, lambda x, mask: score(x)[:, 0]),
        )

    return [
        variant("OpenVINO", *(openvino(graph) for graph in graphs)),
        variant("OpenVINO int8 (nncf)", *(openvino(graph) for graph in small)),
        variant("onnxruntime dynamic int8", *(onnx_int8(model, example, cross) for model in models)),
    ]


def onnx_int8(model: Any, example: dict[str, Any], folder: Path) -> Callable[[Any], Any]:
    """An onnxruntime session over the quantised model."""
    import onnxruntime
    import torch
    from onnxruntime.quantization import quantize_dynamic

    names = ["input_ids", "attention_mask", "token_type_ids"]
    axes = {name: {0: "texts", 1: "tokens"} for name in names} | {"found": {0: "texts"}}
    plain, small = (folder / f"{type(model).__name__}{form}.onnx" for form in ("", "-int8"))
    class Plain(torch.nn.Module):
        """The exporter passes every argument by place, which transformers' own wrapper does not take."""

        def forward(self, ids: Any, mask: Any, types: Any) -> Any:
            return model(input_ids=ids, attention_mask=mask, token_type_ids=types)[0]

    inputs = tuple(example[name] for name in names)
    torch.onnx.export(
        Plain().eval(), inputs, str(plain), input_names=names, output_names=["found"], dynamic_axes=axes, dynamo=False
    )
    quantize_dynamic(plain, small)
    session = onnxruntime.InferenceSession(str(small), providers=["CPUExecutionProvider"])
    return lambda inputs: session.run(["found"], {name: inputs[name] for name in names})[0]
