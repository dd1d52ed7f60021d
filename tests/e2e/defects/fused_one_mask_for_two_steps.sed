# defect: fused: the masks of the next batch overwrite those of the batch under way
# file: fused_stage.cl
# options: --kernels cpu --fused on
# operation: steps in a row
# tensor: losses
# place: row 1, column 0
s|FUSED_ROW_MASKS + side \* FUSED_ROW_MASKS_SIZE|FUSED_ROW_MASKS|
