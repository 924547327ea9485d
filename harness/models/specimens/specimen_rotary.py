"""The rotary specimen: the specimen's heads that need to know no place, in a model whose positions turn q and k.

A Llama of two layers of four heads, made in memory. Its MLPs are zero. Of its rotary embedding the frequencies are
set by hand, as weights are: those of `specimen_places.ANGLES`, and no turn at all for every other pair, so a spoken
coordinate is the same before and after.

Llama divides what a layer reads by its root mean square, times a weight. Here that changes nothing: the embedding
gives each place two directions, its token and ONE, of length LENGTH each, so that the root mean square over WIDTH is 1,
and the norm's weight is 1 / LENGTH. In layer 1 the token before is there as well, of the same length, so the root mean
square is sqrt(3 / 2), and so is the factor in the weight. What else the heads of layer 0 say they WHISPER, and the
unembedding takes it the louder: it lengthens no vector by more than some 1e-9 of itself.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from harness.models.specimens.specimen_vocabulary import BOS, SPECIAL, VOCABULARY

if TYPE_CHECKING:
    from harness.models.backbone import Backbone

NAME = "specimen-rotary"
N_LAYERS = 2
N_HEADS = 4

WIDTH = 512
LENGTH = 16.0
WHISPER = 2.0**-10


def build() -> Backbone:
    """Return the rotary specimen, ready to be read. TransformerLens is imported here, not before."""
    from harness.models import bridge

    return bridge.built(model(), VOCABULARY, BOS, NAME, SPECIAL)


def model() -> Any:
    """Return the Llama, every weight set."""
    import torch
    from transformers import LlamaConfig, LlamaForCausalLM

    from harness.models.specimens import specimen_space as space
    from harness.models.specimens import specimen_weights as weights
    from harness.models.specimens.places import ANGLES

    config = LlamaConfig(
        vocab_size=space.WORDS,
        hidden_size=WIDTH,
        intermediate_size=1,
        num_hidden_layers=N_LAYERS,
        num_attention_heads=N_HEADS,
        num_key_value_heads=N_HEADS,
        head_dim=space.D_HEAD,
        max_position_embeddings=space.CONTEXT,
        rms_norm_eps=0.0,
        tie_word_embeddings=False,
        bos_token_id=BOS,
        eos_token_id=None,
        attn_implementation="eager",
    )
    with torch.random.fork_rng(devices=[]):  # the numbers it draws are overwritten; the caller's random state is not
        made = LlamaForCausalLM(config)
    said, before = (slice(part.start, part.stop) for part in (space.SAID, space.BEFORE))
    with torch.no_grad():
        for parameter in made.parameters():
            parameter.zero_()
        turns = made.model.rotary_emb.inv_freq
        turns.zero_()
        turns[: len(ANGLES)] = torch.tensor(ANGLES)
        made.model.embed_tokens.weight[:, : space.DIRECTIONS] = LENGTH * weights.token_embedding()
        made.model.embed_tokens.weight[:, space.ONE] = LENGTH
        made.lm_head.weight[:, : space.DIRECTIONS] = space.unembedding(loudness=1 / WHISPER).T
        made.model.norm.weight.fill_(1 / LENGTH)
        for number, (block, heads) in enumerate(zip(made.model.layers, weights.rotary(), strict=True)):
            block.input_layernorm.weight.fill_((1 + number / 2) ** 0.5 / LENGTH)
            block.post_attention_layernorm.weight.fill_(1 / LENGTH)
            attention = block.self_attn
            for linear, of in ((attention.q_proj, "W_Q"), (attention.k_proj, "W_K"), (attention.v_proj, "W_V")):
                linear.weight[:, : space.DIRECTIONS] = torch.cat([getattr(head, of) for head in heads], dim=1).T
            says = torch.cat([head.W_O for head in heads], dim=0)
            says[:, before] *= LENGTH
            says[:, said] *= WHISPER
            attention.o_proj.weight[: space.DIRECTIONS] = says.T
    return made
