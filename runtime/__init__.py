"""What any process of ours needs to start: settings, logs without patient data, metrics, wake-up.

Knows neither storage nor EHR, and nothing of medicine.
"""
