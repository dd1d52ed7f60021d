# defect: fused: weights go into their average before their norm is limited, too
# file: fused_common.cl
# options: --kernels cpu --fused on --max-norm 0.5 --average ema:0.9
# operation: average_step
# tensor: layer 1 weight.average
/if (!FUSED_MAX_NORM)/d
