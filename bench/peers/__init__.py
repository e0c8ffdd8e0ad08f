"""The ceilings and peers we are measured beside: each honest, each as short as it can be."""
