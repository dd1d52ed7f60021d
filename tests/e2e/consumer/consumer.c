/* SPDX-License-Identifier: MIT
 * Somebody else's program: calls into the parts of the library that need other libraries. */
#include <gemlet/gemlet.h>
#include <stdio.h>

int main(void)
{
    gemlet_device_list *list = NULL;
    gemlet_model *model = NULL;
    if (gemlet_device_list_create(&list) != GEMLET_OK ||
        gemlet_model_load(&model, "no-such-file.npz") != GEMLET_E_IO)
        return 1;
    gemlet_device_list_destroy(list);
    printf("%s\n", gemlet_version());
    return 0;
}
