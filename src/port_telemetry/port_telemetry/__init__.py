"""Telemetry of a robot test ground over MQTT v5."""
